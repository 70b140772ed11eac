// Loaded into a process with `--import`: its clock is off by CLOCK_SKEW_MS.
const skewMs = Number(process.env['CLOCK_SKEW_MS']);
const { now } = Date;
const skewed = () => now() + skewMs;

globalThis.Date = new Proxy(Date, {
  construct: (target, parts) => Reflect.construct(target, parts.length > 0 ? parts : [skewed()]),
  get: (target, name) => (name === 'now' ? skewed : Reflect.get(target, name)),
});
