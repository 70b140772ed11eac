// Starts ReDoc in the colour scheme of the system, and again when it changes.
const dark = matchMedia('(prefers-color-scheme: dark)');
const DARK = {
  colors: {
    primary: { main: '#7cb7ff' },
    success: { main: '#56d364' },
    warning: { main: '#e3b341' },
    error: { main: '#ff8e86' },
    text: { primary: '#e6e6e6', secondary: '#b3b3b3' },
    gray: { 50: '#1c1c20', 100: '#26262b' },
    border: { dark: '#55555c', light: '#3a3a40' },
    responses: {
      success: { color: '#56d364', backgroundColor: '#12261a' },
      error: { color: '#ff8e86', backgroundColor: '#2d1618' },
      redirect: { color: '#e3b341', backgroundColor: '#2b2310' },
      info: { color: '#7cb7ff', backgroundColor: '#12233a' },
    },
  },
  schema: { linesColor: '#55555c', typeNameColor: '#b3b3b3', typeTitleColor: '#b3b3b3', nestedBackground: '#1c1c20' },
  sidebar: { backgroundColor: '#18181b', textColor: '#e6e6e6', activeTextColor: '#7cb7ff' },
  rightPanel: { backgroundColor: '#0f0f12' },
  codeBlock: { backgroundColor: '#1c1c20' },
  typography: {
    code: { color: '#ff9ea5', backgroundColor: '#26262b' },
    links: { color: '#7cb7ff', visited: '#7cb7ff', hover: '#a8d0ff' },
  },
};
const FONTS = { fontFamily: 'system-ui, sans-serif', headings: { fontFamily: 'system-ui, sans-serif' } };

function start() {
  const chosen = dark.matches ? DARK : {};
  const theme = { ...chosen, typography: { ...FONTS, ...chosen.typography } };
  document.documentElement.classList.toggle('dark', dark.matches);
  Redoc.init(
    `/openapi.json${location.search}`,
    { theme, hideDownloadButtons: false },
    document.getElementById('redoc'),
  );
}
dark.addEventListener('change', () => location.reload());
start();
