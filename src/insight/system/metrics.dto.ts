class HttpMetricsDto {
  requests_total: number;
  requests_success: number;
  requests_client_error: number;
  requests_server_error: number;
  active_requests: number;
  response_time_avg_ms: number;
}

class InferenceMetricsDto {
  requests_total: number;
  requests_success: number;
  requests_failed: number;
  /** Calls whose client went away. */
  requests_aborted: number;
  time_avg_ms: number;
  tokens_total: number;
}

export class MetricsDto {
  uptime_seconds: number;
  http: HttpMetricsDto;
  inference: InferenceMetricsDto;
}
