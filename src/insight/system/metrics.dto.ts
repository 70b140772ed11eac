import { ApiProperty } from '@nestjs/swagger';

class HttpMetricsDto {
  @ApiProperty({ type: 'integer' })
  requests_total: number;
  @ApiProperty({ type: 'integer' })
  requests_success: number;
  @ApiProperty({ type: 'integer' })
  requests_client_error: number;
  @ApiProperty({ type: 'integer' })
  requests_server_error: number;
  @ApiProperty({ type: 'integer' })
  active_requests: number;
  response_time_avg_ms: number;
}

class InferenceMetricsDto {
  @ApiProperty({ type: 'integer' })
  requests_total: number;
  @ApiProperty({ type: 'integer' })
  requests_success: number;
  @ApiProperty({ type: 'integer' })
  requests_failed: number;
  /** Calls whose client went away. */
  @ApiProperty({ type: 'integer' })
  requests_aborted: number;
  time_avg_ms: number;
  @ApiProperty({ type: 'integer' })
  tokens_total: number;
}

export class MetricsDto {
  @ApiProperty({ type: 'integer' })
  uptime_seconds: number;
  http: HttpMetricsDto;
  inference: InferenceMetricsDto;
}
