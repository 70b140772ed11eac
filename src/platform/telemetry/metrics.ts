import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Every metric of this process, in one registry. Names follow Prometheus' conventions. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly httpRequests = new Counter({
    name: 'http_requests_total',
    help: 'HTTP requests served',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });

  readonly httpDuration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests, to the end of the response',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly httpActive = new Gauge({
    name: 'http_requests_active',
    help: 'HTTP requests in progress',
    registers: [this.registry],
  });

  readonly modelCalls = new Counter({
    name: 'model_requests_total',
    help: 'Model calls by outcome: completed, failed or aborted',
    labelNames: ['model', 'outcome'],
    registers: [this.registry],
  });

  readonly modelDuration = new Histogram({
    name: 'model_request_duration_seconds',
    help: 'Duration of model calls, to the end of the answer',
    labelNames: ['model'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly modelTokens = new Counter({
    name: 'model_tokens_total',
    help: 'Tokens sent to and returned by the model',
    labelNames: ['model', 'direction'],
    registers: [this.registry],
  });

  readonly modelRetries = new Counter({
    name: 'model_retries_total',
    help: 'Retried model calls by reason: connection or context',
    labelNames: ['model', 'reason'],
    registers: [this.registry],
  });

  readonly modelFallbacks = new Counter({
    name: 'model_fallbacks_total',
    help: 'Questions sent to the fallback model',
    labelNames: ['model', 'fallback'],
    registers: [this.registry],
  });

  readonly modelOptionsRefused = new Counter({
    name: 'model_options_refused_total',
    help: 'Options omitted because a model rejected them',
    labelNames: ['model', 'option'],
    registers: [this.registry],
  });

  readonly modelCircuitOpen = new Gauge({
    name: 'model_circuit_open',
    help: '1 while no calls are sent to the model server because it failed repeatedly',
    registers: [this.registry],
  });

  readonly requestLog = new Counter({
    name: 'request_log_entries_total',
    help: 'Request log entries by outcome: written or dropped',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  readonly usageRowsDropped = new Counter({
    name: 'usage_rows_dropped_total',
    help: 'Usage counts that could not be written',
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
