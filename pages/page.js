const form = document.querySelector('form');
const status = document.querySelector('[role=status]');
const page = document.body.dataset.page;

// Servers and logs never see what stands behind `#`; now the history forgets it too.
const token = new URLSearchParams(location.hash.slice(1)).get('token');
history.replaceState(null, '', location.pathname);

const say = (text, isFailure) => {
  status.textContent = text;
  status.classList.toggle('failed', isFailure);
};

// Relative to the page, so that a proxy may put all of it below a path.
const call = async (address, body, accessToken) => {
  const response = await fetch(address, {
    method: 'POST',
    credentials: 'omit',
    headers: { 'Content-Type': 'application/json', ...(accessToken && { Authorization: `Bearer ${accessToken}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const fields = (answer.errors ?? []).map(({ field, message }) => `${field.replaceAll('_', ' ')}: ${message}`);
  throw new Error(fields.join('. ') || answer.detail || 'That did not work. Please try again later.');
};

const actions = {
  'verify-email': async () => {
    await call('verify-email', { token });
    return 'Thank you: the address is confirmed. You can close this page.';
  },
  'reset-password': async ({ password }) => {
    await call('reset-password', { token, password });
    return 'Your new password is set. You can sign in with it now.';
  },
  'accept-invitation': async ({ email, password }, how) => {
    const { access_token: accessToken } = await call(how, { email, password });
    try {
      const { name } = await call('../api/v1/invitations/accept', { token }, accessToken);
      return `You are a member of ${name} now. You can close this page.`;
    } finally {
      // Nobody needs the session any more.
      await call('logout', undefined, accessToken).catch(() => undefined);
    }
  },
};

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const buttons = form.querySelectorAll('button');
  buttons.forEach((button) => (button.disabled = true));
  say('One moment…', false);
  actions[page](Object.fromEntries(new FormData(form)), event.submitter?.value).then(
    (done) => {
      form.hidden = true;
      say(done, false);
    },
    (error) => {
      buttons.forEach((button) => (button.disabled = false));
      say(error.message, true);
    },
  );
});

if (!token) {
  form.hidden = true;
  say('This link is incomplete. Open it from the mail once more, or copy all of it.', true);
}
