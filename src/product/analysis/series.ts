import { compareModels, dot, LinearModel, mean } from './statistics.js';
import { tTwoSided } from './distributions.js';

/** What a series does over time. Each has its probability under the assumption that nothing of the kind happens. */
export interface SeriesShape {
  /** Change per point of the line. */
  trend?: { perPoint: number; p: number; share: number };
  /** By position in the cycle: how far its points lie from the mean, on average. */
  season?: { offsets: number[]; p: number; share: number };
  /** The point at which the level changes, and the means before and from it. */
  change?: { at: number; before: number; after: number; p: number; share: number; isBetterThanTrend: boolean };
  /** The point that is farthest from what the rest leads to expect. */
  outlier?: { at: number; expected: number; p: number };
}

const MIN_POINTS = 8;
/** Points on either side of a change. */
const MIN_SIDE = 4;
/** Below this, a part belongs to the model within which the others are tested. */
const LIKELY = 0.01;

/**
 * @param cycle points per cycle, such as 12 for months; undefined if there is none
 * @param position of the first point in the cycle
 */
export function shapeOf(values: number[], cycle?: number, position = 0): SeriesShape {
  const n = values.length;
  if (n < MIN_POINTS) return {};
  const constant = new LinearModel([values.map(() => 1)]);
  const line = values.map((_, index) => index - (n - 1) / 2);
  const places = values.map((_, index) => (index + position) % (cycle ?? 1));
  const dummies =
    cycle !== undefined && n >= 2 * cycle
      ? Array.from({ length: cycle }, (_, place) => places.map((other) => (other === place ? 1 : 0)))
      : [];
  // A level that changes looks like a trend, and a season like either: each is tested beside what is likely of the others.
  const step = changeOf(values, constant);
  const isStep = step && step.p < LIKELY;
  const level = constant.with(...(isStep ? [step.column] : []), line);
  const seasonTest = dummies.length > 0 ? compareModels(values, level, level.with(...dummies)) : undefined;
  const season = seasonTest && seasonTest.p < LIKELY ? dummies : [];
  const base = constant.with(...season);
  const trendTest = compareModels(values, base, base.with(line));
  const change = changeOf(values, base.with(line));
  const shape: SeriesShape = {};
  if (trendTest) shape.trend = { ...trendTest, perPoint: slopeOf(values, base, line) };
  if (seasonTest)
    shape.season = { ...seasonTest, offsets: offsetsOf(level.residuals(values), places, cycle as number) };
  const fitted = [...season, line];
  if (change) {
    const plain = base.residuals(values);
    const [withLine, withStep] = [[line], [change.column]].map((columns) => {
      const rest = base.with(...columns).residuals(plain);
      return dot(rest, rest);
    }) as [number, number];
    const { at, p, share } = change;
    const isBetterThanTrend = p < LIKELY && withStep < withLine;
    shape.change = {
      at,
      p,
      share,
      isBetterThanTrend,
      before: mean(values.slice(0, at)),
      after: mean(values.slice(at)),
    };
    if (p < LIKELY) fitted.push(change.column);
  }
  const outlier = outlierOf(values, constant.with(...fitted));
  if (outlier) shape.outlier = outlier;
  return shape;
}

/** The change of level that explains most beyond the model. Its probability counts all points at which it could be. */
function changeOf(
  values: number[],
  model: LinearModel,
): { at: number; p: number; share: number; column: number[] } | undefined {
  const rest = model.residuals(values);
  const total = dot(rest, rest);
  const free = values.length - model.size - 1;
  if (free < 3 || total <= 1e-18 * dot(values, values)) return undefined;
  let best: { at: number; share: number; column: number[] } | undefined;
  let places = 0;
  for (let at = MIN_SIDE; at <= values.length - MIN_SIDE; at += 1) {
    const column = values.map((_, index) => (index >= at ? 1 : 0));
    const part = model.residuals(column);
    const length = dot(part, part);
    if (length < 1e-9) continue;
    places += 1;
    const share = dot(rest, part) ** 2 / length / total;
    if (!best || share > best.share) best = { at, share, column };
  }
  if (!best) return undefined;
  const t = Math.sqrt((best.share * free) / Math.max(1e-300, 1 - best.share));
  return { ...best, p: Math.min(1, places * tTwoSided(t, free)) };
}

function slopeOf(values: number[], base: LinearModel, line: number[]): number {
  const part = base.residuals(line);
  return dot(values, part) / dot(part, part);
}

function offsetsOf(rest: number[], places: number[], cycle: number): number[] {
  const means = Array.from({ length: cycle }, (_, place) =>
    mean(rest.filter((_value, index) => places[index] === place)),
  );
  const middle = mean(means);
  return means.map((value) => value - middle);
}

/** The largest studentized residual. */
function outlierOf(values: number[], model: LinearModel): SeriesShape['outlier'] {
  const n = values.length;
  const free = n - model.size - 1;
  if (free < 3) return undefined;
  const rest = model.residuals(values);
  const total = dot(rest, rest);
  if (total <= 1e-18 * dot(values, values)) return undefined;
  let best: { at: number; t: number; expected: number } | undefined;
  for (let at = 0; at < n; at += 1) {
    const unit = values.map((_, index) => (index === at ? 1 : 0));
    const own = model.residuals(unit)[at] as number;
    // A point that its model fits alone can be no outlier.
    if (own < 1e-6) continue;
    const without = rest[at] as number;
    const spread = Math.max(1e-300, (total - without ** 2 / own) / free);
    const t = Math.abs(without) / Math.sqrt(spread * own);
    if (!best || t > best.t) best = { at, t, expected: (values[at] as number) - without / own };
  }
  return best && { at: best.at, expected: best.expected, p: Math.min(1, n * tTwoSided(best.t, free)) };
}
