-- Why an account cannot be signed in to by its address: 'invalid' (it was never one), or 'taken' (another account has it in another
-- spelling). Null for all others. The step that follows (normalize-emails.ts) sets it.
ALTER TABLE users ADD COLUMN email_issue text;
