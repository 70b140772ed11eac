import { ApiProperty } from '@nestjs/swagger';

class HttpMetricsDto {
  @ApiProperty({ type: 'integer', example: 12 })
  requests_total: number;
  @ApiProperty({ type: 'integer', example: 12 })
  requests_success: number;
  @ApiProperty({ type: 'integer', example: 12 })
  requests_client_error: number;
  @ApiProperty({ type: 'integer', example: 12 })
  requests_server_error: number;
  @ApiProperty({ type: 'integer', example: 12 })
  active_requests: number;
  @ApiProperty({ example: 8.2 })
  response_time_avg_ms: number;
}

class InferenceMetricsDto {
  @ApiProperty({ type: 'integer', example: 12 })
  requests_total: number;
  @ApiProperty({ type: 'integer', example: 12 })
  requests_success: number;
  @ApiProperty({ type: 'integer', example: 12 })
  requests_failed: number;
  /** Requests whose client disconnected. */
  @ApiProperty({ type: 'integer', example: 12 })
  requests_aborted: number;
  @ApiProperty({ example: 640.5 })
  time_avg_ms: number;
  @ApiProperty({ type: 'integer', example: 12 })
  tokens_total: number;
}

export class MetricsDto {
  @ApiProperty({ type: 'integer', example: 12 })
  uptime_seconds: number;
  http: HttpMetricsDto;
  inference: InferenceMetricsDto;
}
