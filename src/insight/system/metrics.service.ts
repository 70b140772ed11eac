import { timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/index.js';
import { ApiError } from '../../platform/errors/index.js';
import { Metrics } from '../../platform/telemetry/index.js';
import type { LatencyPercentilesDto } from './health.dto.js';
import type { MetricsDto } from './metrics.dto.js';
import { onceASecond } from './once-a-second.js';

interface Sample {
  metricName?: string;
  labels: Record<string, string | number | undefined>;
  value: number;
}

/** A text with many readers: generated once, and compressed once on demand. */
class SharedText {
  readonly plain: Buffer;
  private compressed?: Promise<Buffer>;

  constructor(text: string) {
    this.plain = Buffer.from(text);
  }

  gzip(): Promise<Buffer> {
    return (this.compressed ??= promisify(gzip)(this.plain));
  }
}

/** Reads the metrics of this process, for Prometheus or as JSON: at most once a second, no matter how many callers ask. */
@Injectable()
export class MetricsService {
  readonly prometheus = onceASecond(async () => new SharedText(await this.metrics.registry.metrics()));
  readonly json = onceASecond(() => this.summarize());
  readonly latencyPercentiles = onceASecond(() => this.estimatePercentiles());

  constructor(
    private readonly metrics: Metrics,
    private readonly config: Config,
  ) {}

  /** If METRICS_TOKEN is set, requires it as the bearer token. */
  checkToken(authorization: string | undefined): void {
    const token = this.config.get('METRICS_TOKEN');
    if (!token) return;
    const expected = Buffer.from(`Bearer ${token}`);
    const given = Buffer.from(authorization ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new ApiError('UNAUTHORIZED');
  }

  private async summarize(): Promise<MetricsDto> {
    const requests = await samplesOf(this.metrics.httpRequests);
    const duration = await samplesOf(this.metrics.httpDuration);
    const calls = await samplesOf(this.metrics.modelCalls);
    const callDuration = await samplesOf(this.metrics.modelDuration);
    const byStatus = (first: string): number =>
      sum(requests, ({ labels }) => String(labels['status']).startsWith(first));
    const byOutcome = (outcome: string): number => sum(calls, ({ labels }) => labels['outcome'] === outcome);
    return {
      uptime_seconds: Math.round(process.uptime()),
      http: {
        requests_total: sum(requests),
        requests_success: byStatus('2') + byStatus('3'),
        requests_client_error: byStatus('4'),
        requests_server_error: byStatus('5'),
        active_requests: sum(await samplesOf(this.metrics.httpActive)),
        response_time_avg_ms: averageMs(duration),
      },
      inference: {
        requests_total: sum(calls),
        requests_success: byOutcome('completed'),
        requests_failed: byOutcome('failed'),
        requests_aborted: byOutcome('aborted'),
        time_avg_ms: averageMs(callDuration),
        tokens_total: sum(await samplesOf(this.metrics.modelTokens)),
      },
    };
  }

  private async estimatePercentiles(): Promise<LatencyPercentilesDto> {
    const buckets = new Map<number, number>();
    for (const { metricName, labels, value } of await samplesOf(this.metrics.httpDuration)) {
      if (!metricName?.endsWith('_bucket')) continue;
      const limit = labels['le'] === '+Inf' ? Infinity : Number(labels['le']);
      buckets.set(limit, (buckets.get(limit) ?? 0) + value);
    }
    const sorted = [...buckets].sort(([a], [b]) => a - b);
    return { p50_ms: quantileMs(sorted, 0.5), p90_ms: quantileMs(sorted, 0.9), p99_ms: quantileMs(sorted, 0.99) };
  }
}

const samplesOf = async (metric: { get(): Promise<{ values: Sample[] }> }): Promise<Sample[]> =>
  (await metric.get()).values;

const sum = (samples: Sample[], wanted: (sample: Sample) => boolean = () => true): number =>
  samples.filter(wanted).reduce((total, { value }) => total + value, 0);

function averageMs(samples: Sample[]): number {
  const seconds = sum(samples, ({ metricName }) => Boolean(metricName?.endsWith('_sum')));
  const count = sum(samples, ({ metricName }) => Boolean(metricName?.endsWith('_count')));
  return count === 0 ? 0 : Math.round((seconds / count) * 10_000) / 10;
}

/** Interpolates linearly within a bucket, like Prometheus' histogram_quantile. */
function quantileMs(buckets: [limit: number, cumulative: number][], quantile: number): number {
  const rank = (buckets.at(-1)?.[1] ?? 0) * quantile;
  let [lowerLimit, lowerCount] = [0, 0];
  for (const [limit, count] of buckets) {
    if (count >= rank && count > lowerCount) {
      const seconds =
        limit === Infinity
          ? lowerLimit
          : lowerLimit + ((limit - lowerLimit) * (rank - lowerCount)) / (count - lowerCount);
      return Math.round(seconds * 10_000) / 10;
    }
    [lowerLimit, lowerCount] = [limit, count];
  }
  return 0;
}
