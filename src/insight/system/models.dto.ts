import { ApiProperty } from '@nestjs/swagger';

export class ModelDto {
  /** Pass it as `model` in requests. */
  @ApiProperty({ example: 'parlance-extractive' })
  id: string;
  @ApiProperty({ example: 'Parlance extractive' })
  name: string;
  /** `parlance` for the built-in model, `openai-compatible` for a model of the configured server. */
  @ApiProperty({ example: 'parlance' })
  provider: string;
  /** True for the model that is used if a request names none. */
  default: boolean;
}

export class ModelsDto {
  @ApiProperty({ type: [ModelDto] })
  models: ModelDto[];
}
