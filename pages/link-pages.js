const page = document.querySelector('[data-page]').dataset.page;

/** Keeps values for a reload, in this tab only. If storage is disabled, a reload requires the link again. */
const store = {
  use(work) {
    try {
      return work(sessionStorage);
    } catch {
      return undefined;
    }
  },
  get: (name) => store.use((storage) => storage.getItem(`${name}:${page}`)),
  set: (name, value) => store.use((storage) => storage.setItem(`${name}:${page}`, value)),
  clear: () => ['token', 'key'].forEach((name) => store.use((storage) => storage.removeItem(`${name}:${page}`))),
};

// Servers and logs never see the fragment; now the address bar and the history forget it, too.
const linked = new URLSearchParams(location.hash.slice(1)).get('token');
if (linked && linked !== store.get('token')) {
  store.clear();
  store.set('token', linked);
}
if (location.hash) history.replaceState(null, '', location.pathname);
const token = linked ?? store.get('token');
// A token works once. With the same idempotency key, a request whose response was lost can be repeated.
const key = store.get('key') ?? randomKey();
if (token) store.set('key', key);
// Another link, opened in this tab.
addEventListener('hashchange', () => location.reload());

/** Not `crypto.randomUUID`, which requires HTTPS. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Shows one view with these texts, and sets the page title for screen readers. Returns the heading. */
function show(name, texts = {}) {
  for (const [key, text] of Object.entries(texts)) {
    for (const slot of document.querySelectorAll(`[data-text="${key}"]`)) slot.textContent = text;
  }
  for (const view of document.querySelectorAll('[data-view]')) view.hidden = view.dataset.view !== name;
  const heading = document.querySelector(`[data-view="${name}"] h1`);
  document.title = `${heading.textContent} · ${document.querySelector('.brand').textContent}`;
  return heading;
}

/** A view that replaces the user's current one. */
const moveTo = (name, texts) => show(name, texts).focus();

/** An error response of the server. */
class Refusal extends Error {
  constructor(status, { code, detail, errors = [] }) {
    super(detail ?? 'Something went wrong. Try again later.');
    Object.assign(this, { status, code, fields: errors });
  }

  /** True if the token can no longer be used. */
  get isFinal() {
    return this.status === 404 || this.status === 410;
  }
}

async function call(address, body, { accessToken, idempotencyKey } = {}) {
  const response = await fetch(address, {
    method: 'POST',
    credentials: 'omit',
    headers: {
      'Content-Type': 'application/json',
      ...(accessToken && { Authorization: `Bearer ${accessToken}` }),
      ...(idempotencyKey && { 'Idempotency-Key': idempotencyKey }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Error('The server cannot be reached. Check your connection and try again.');
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

/** Uses the token. */
const spend = (address, body, accessToken) => call(address, body, { accessToken, idempotencyKey: key });

const done = (texts) => {
  store.clear();
  moveTo('done', texts);
};

async function logIn(email, password) {
  const { access_token: accessToken } = await call('/auth/login', { email, password }).catch((error) => {
    if (error.status === 401) error.fields = [{ field: 'password', message: 'This password is wrong. Try again.' }];
    throw error;
  });
  return accessToken;
}

/** Ends the session that was opened only for joining. */
const signOut = (accessToken) => call('/auth/logout', undefined, { accessToken }).catch(() => undefined);

/** The access token for joining. It is kept while the result is unknown: only the same session can repeat the request. */
let joining;

function stopJoining() {
  const accessToken = joining;
  joining = undefined;
  return signOut(accessToken);
}

/** The actions of forms and buttons, by their `data-action` and `data-run`. */
const actions = {
  async verifyEmail() {
    await spend('/auth/verify-email', { token });
    done();
  },

  async resetPassword({ password }) {
    await spend('/auth/reset-password', { token, password });
    done();
  },

  async forgotPassword({ email }) {
    await call('/auth/forgot-password', { email });
    moveTo('sent', { email });
  },

  /** Looks up the recipient of the invitation. */
  async inspect() {
    const invitation = await call('/api/v1/invitations/inspect', { token });
    for (const input of document.querySelectorAll('input[name=email]')) input.value = invitation.email;
    show(invitation.has_account ? 'sign-in' : 'sign-up', {
      organization: invitation.organization_name,
      inviter: invitation.inviter_name ?? 'A member',
      role: { owner: 'an owner', admin: 'an admin' }[invitation.role] ?? 'a member',
      email: invitation.email,
    });
  },

  async signUp({ email, name, password }) {
    const { access_token: accessToken } = await spend('/auth/register', {
      email,
      password,
      ...(name.trim() && { name: name.trim() }),
      invitation_token: token,
    });
    done();
    await signOut(accessToken);
  },

  async signIn({ email, password }) {
    joining ??= await logIn(email, password);
    try {
      await spend('/api/v1/invitations/accept', { token }, joining);
    } catch (error) {
      // A conflict with the request of an earlier click: its result is still unknown.
      if (error.status < 500 && error.code !== 'IDEMPOTENCY_IN_PROGRESS') await stopJoining();
      throw error;
    }
    done();
    await stopJoining();
  },

  async forgotInvited({ email }) {
    await call('/auth/forgot-password', { email });
    return `A link to set a new password is on its way to ${email}. Then open the invitation again.`;
  },
};

/** Why an input is invalid before it is sent, in plain words. */
function problemOf({ validity, type, name, minLength }) {
  if (validity.valueMissing) return name === 'email' ? 'Enter your email address.' : 'Enter a password.';
  if (validity.tooShort) return `Use at least ${minLength} characters.`;
  if (validity.typeMismatch && type === 'email') return 'Enter an email address such as ada@example.com.';
  return validity.valid ? '' : 'Check this field.';
}

const errorOf = (input) => document.getElementById(`${input.id}-error`);
const asSentence = (text) =>
  text
    .replace(/^must/, 'This must')
    .replace(/^./, (first) => first.toUpperCase())
    .replace(/[^.!?]$/, '$&.');

function mark(input, problem) {
  errorOf(input).textContent = problem;
  if (problem) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
}

/** Shows errors beside their fields, and all others above the button. */
function tell(form, error) {
  const fields = error.fields ?? [];
  let first;
  const others = [];
  for (const { field, message } of fields) {
    const input = form.elements.namedItem(field);
    if (input && !input.readOnly) {
      mark(input, asSentence(message));
      first ??= input;
    } else others.push(asSentence(message));
  }
  if (others.length > 0 || fields.length === 0) {
    form.querySelector('[role=alert]').textContent = others.join(' ') || error.message;
  }
  (first ?? form.querySelector('button:not([type])')).focus();
}

/** Runs an action of a form; its buttons are disabled until it ends. */
async function run(form, name) {
  const [alert, status] = [form.querySelector('[role=alert]'), form.querySelector('[role=status]')];
  const buttons = form.querySelectorAll('button');
  const values = Object.fromEntries(new FormData(form));
  alert.textContent = '';
  status.textContent = 'One moment…';
  form.setAttribute('aria-busy', 'true');
  buttons.forEach((button) => (button.disabled = true));
  let failure;
  const said = await actions[name](values).catch((error) => void (failure = error));
  buttons.forEach((button) => (button.disabled = false));
  form.removeAttribute('aria-busy');
  status.textContent = said ?? '';
  if (!failure) return;
  if (failure.isFinal) fail(failure);
  else tell(form, failure);
}

/** The link is not usable. */
function fail({ message }) {
  store.clear();
  moveTo('broken', { reason: message });
}

for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const inputs = [...form.querySelectorAll('input')];
    for (const input of inputs) mark(input, problemOf(input));
    const wrong = inputs.find((input) => !input.validity.valid);
    if (wrong) wrong.focus();
    else void run(form, form.dataset.action);
  });
  form.addEventListener('input', ({ target }) => mark(target, ''));
}

document.addEventListener('click', ({ target }) => {
  const { reveals, run: name } = target.dataset;
  if (reveals) {
    const input = document.getElementById(reveals);
    const isShown = input.type === 'text';
    input.type = isShown ? 'password' : 'text';
    target.textContent = isShown ? 'Show' : 'Hide';
    target.setAttribute('aria-label', `${target.textContent} password`);
  } else if (name && target.form) void run(target.form, name);
  else if (name) void start();
});

/** Shows the first view; for an invitation, after its recipient is known. */
async function start() {
  if (!token)
    return show('broken', { reason: 'The link is incomplete. Open it from the email again, or copy the whole link.' });
  if (page !== 'accept-invitation') return show('form');
  show('loading');
  return actions
    .inspect()
    .catch((error) => (error.isFinal ? fail(error) : moveTo('failed', { reason: error.message })));
}

void start();
