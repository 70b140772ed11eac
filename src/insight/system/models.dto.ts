import { ApiProperty } from '@nestjs/swagger';

export class ModelDto {
  /** What `model` takes in a request. */
  @ApiProperty({ example: 'parlance-extractive' })
  id: string;
  name: string;
  /** `parlance` for the embedded model, `openai-compatible` for one of the configured server. */
  @ApiProperty({ example: 'parlance' })
  provider: string;
  /** Whether it answers when a request names no model. */
  default: boolean;
}

export class ModelsDto {
  @ApiProperty({ type: [ModelDto] })
  models: ModelDto[];
}
