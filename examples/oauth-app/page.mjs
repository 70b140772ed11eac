/** @param {unknown} text */
const safe = (text) => String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * @typedef {object} Content
 * @property {string} [email] the person, if signed in
 * @property {{ title: string | null }[]} [conversations]
 * @property {{ content?: string }} [answer]
 * @property {string} [message]
 */

/**
 * The only page of the app.
 * @param {Content} content
 */
export const page = ({ email, conversations = [], answer, message }) => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width" />
  <title>Ticket Assistant</title>
  <style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }</style>
  <h1>Ticket Assistant</h1>
  ${message ? `<p role="alert">${safe(message)}</p>` : ''}
  ${email ? signedIn(email, conversations, answer) : '<p><a href="/sign-in">Sign in with Parlance</a></p>'}
</html>`;

/** @param {string} email @param {{ title: string | null }[]} conversations @param {Content['answer']} answer */
const signedIn = (email, conversations, answer) => `
  <form method="post" action="/sign-out">Signed in as ${safe(email)} <button>Sign out</button></form>
  <form method="post" action="/ask">
    <p><label>Question <input name="question" required maxlength="1000" /></label> <button>Ask</button></p>
  </form>
  ${answer ? `<blockquote>${safe(answer.content)}</blockquote>` : ''}
  <h2>Your conversations</h2>
  <ul>${conversations.map(({ title }) => `<li>${safe(title ?? 'Untitled')}</li>`).join('')}</ul>`;
