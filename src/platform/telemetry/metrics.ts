import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Every metric of this process, in one registry. Names follow Prometheus' conventions. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly httpRequests = new Counter({
    name: 'http_requests_total',
    help: 'HTTP requests answered',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });

  readonly httpDuration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from request to the end of the answer',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly httpActive = new Gauge({
    name: 'http_requests_active',
    help: 'HTTP requests being served now',
    registers: [this.registry],
  });

  readonly modelCalls = new Counter({
    name: 'model_requests_total',
    help: 'Calls to the model by outcome: completed, failed or aborted',
    labelNames: ['model', 'outcome'],
    registers: [this.registry],
  });

  readonly modelDuration = new Histogram({
    name: 'model_request_duration_seconds',
    help: 'Time that the model took to answer in full',
    labelNames: ['model'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly modelTokens = new Counter({
    name: 'model_tokens_total',
    help: 'Tokens that went into and came out of the model',
    labelNames: ['model', 'direction'],
    registers: [this.registry],
  });

  readonly modelRetries = new Counter({
    name: 'model_retries_total',
    help: 'Calls to the model that were repeated, by reason: connection or context',
    labelNames: ['model', 'reason'],
    registers: [this.registry],
  });

  readonly modelFallbacks = new Counter({
    name: 'model_fallbacks_total',
    help: 'Questions that the fallback was asked instead of the model',
    labelNames: ['model', 'fallback'],
    registers: [this.registry],
  });

  readonly modelOptionsRefused = new Counter({
    name: 'model_options_refused_total',
    help: 'Options that a model was found not to take, and that are left out since',
    labelNames: ['model', 'option'],
    registers: [this.registry],
  });

  readonly modelCircuitOpen = new Gauge({
    name: 'model_circuit_open',
    help: '1 while the model server is left alone because it failed several times in a row',
    registers: [this.registry],
  });

  readonly requestLog = new Counter({
    name: 'request_log_entries_total',
    help: 'Entries of the request log by outcome: written or dropped',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  readonly usageRowsDropped = new Counter({
    name: 'usage_rows_dropped_total',
    help: 'Counts of usage that could not be written',
    registers: [this.registry],
  });

  readonly jobs = new Counter({
    name: 'jobs_total',
    help: 'Background jobs by queue and outcome: completed or failed',
    labelNames: ['queue', 'outcome'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
