import { fTail, tTwoSided } from './distributions.js';

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** With the denominator n - 1. */
function variance(values: readonly number[]): number {
  const middle = mean(values);
  return sum(values.map((value) => (value - middle) ** 2)) / (values.length - 1);
}

/** Welch's test that two samples have the same mean. Undefined if they are too small or do not vary. */
export function welch(a: readonly number[], b: readonly number[]): number | undefined {
  if (a.length < 3 || b.length < 3) return undefined;
  const [va, vb] = [variance(a) / a.length, variance(b) / b.length];
  if (va + vb === 0) return undefined;
  const degrees = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  return tTwoSided((mean(a) - mean(b)) / Math.sqrt(va + vb), degrees);
}

/** Holm's correction: the chance that one of all is called significant by mistake stays below the level. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => (pValues[a] as number) - (pValues[b] as number));
  const adjusted: number[] = [];
  let largest = 0;
  order.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues[index] as number) * (pValues.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}

/** The test that a correlation over that many rows is not 0. */
export function correlationTest(r: number, rows: number): number | undefined {
  if (rows < 4) return undefined;
  return tTwoSided(r * Math.sqrt((rows - 2) / Math.max(1e-300, 1 - r * r)), rows - 2);
}

export interface Group {
  count: number;
  mean: number;
  variance: number;
}

/** Welch's analysis of variance: do groups differ in their means? With the share of the variance between them. */
export function welchAnova(groups: Group[]): { p: number; share: number } | undefined {
  const usable = groups.filter(({ count, variance: spread }) => count >= 5 && spread > 0);
  const k = usable.length;
  if (k < 2) return undefined;
  const weights = usable.map(({ count, variance: spread }) => count / spread);
  const total = sum(weights);
  const grand = sum(usable.map((group, index) => (weights[index] as number) * group.mean)) / total;
  const between = sum(usable.map((group, index) => (weights[index] as number) * (group.mean - grand) ** 2)) / (k - 1);
  const lambda = sum(usable.map(({ count }, index) => (1 - (weights[index] as number) / total) ** 2 / (count - 1)));
  const f = between / (1 + ((2 * (k - 2)) / (k * k - 1)) * lambda);
  const rows = sum(usable.map(({ count }) => count));
  const middle = sum(usable.map(({ count, mean: value }) => count * value)) / rows;
  const explained = sum(usable.map(({ count, mean: value }) => count * (value - middle) ** 2));
  const rest = sum(usable.map(({ count, variance: spread }) => (count - 1) * spread));
  return { p: fTail(f, k - 1, (k * k - 1) / (3 * lambda)), share: explained / (explained + rest) };
}

/** The columns of a linear model, orthonormal: what they explain of a series can be taken away. */
export class LinearModel {
  private readonly basis: number[][] = [];

  constructor(columns: number[][]) {
    for (const column of columns) this.add(column);
  }

  get size(): number {
    return this.basis.length;
  }

  /** What remains of a series. */
  residuals(series: readonly number[]): number[] {
    let rest = [...series];
    // Twice, because rounding leaves something of the first time.
    for (const vector of [...this.basis, ...this.basis]) {
      const part = dot(rest, vector);
      rest = rest.map((value, index) => value - part * (vector[index] as number));
    }
    return rest;
  }

  /** This model with one more column, unless that is a sum of the others. */
  with(...columns: number[][]): LinearModel {
    const larger = new LinearModel([]);
    larger.basis.push(...this.basis);
    for (const column of columns) larger.add(column);
    return larger;
  }

  private add(column: number[]): void {
    const rest = this.residuals(column);
    const length = Math.sqrt(dot(rest, rest));
    if (length > 1e-9 * Math.sqrt(dot(column, column))) this.basis.push(rest.map((value) => value / length));
  }
}

export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, value, index) => total + value * (b[index] as number), 0);

/** F test that the larger model explains no more than the smaller one, with the share of what remained. */
export function compareModels(
  series: readonly number[],
  smaller: LinearModel,
  larger: LinearModel,
): { p: number; share: number } | undefined {
  const [before, after] = [smaller, larger].map((model) => {
    const rest = model.residuals(series);
    return dot(rest, rest);
  }) as [number, number];
  const [more, free] = [larger.size - smaller.size, series.length - larger.size];
  if (more <= 0 || free < 3 || before <= 1e-18 * dot(series, series)) return undefined;
  const f = (before - after) / more / Math.max(after / free, 1e-300);
  return { p: fTail(f, more, free), share: (before - after) / before };
}
