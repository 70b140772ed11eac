import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import { MayBeOmitted, Prose, Text } from '../../platform/validation/index.js';
import type { AnalysisInput, FilterValue } from './analysis.types.js';
import { LIMITS, parametersProblem } from './parameters.js';

const scalar = [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }];

/** What to compute, over which rows. What is omitted is taken from the description. */
export class AnalysisParametersDto {
  /** Such as `2024`, `Q4_2024`, `2024-11`, `last quarter`, `last 30 days`, `2024-01-01 to 2024-03-31` or `all`. */
  @ApiPropertyOptional({ type: String, maxLength: LIMITS.period, example: 'Q4_2024' })
  time_period?: string;

  /** Named metrics, columns with numbers, or expressions such as `margin = sum(Profit) / sum(Sales)`. */
  @ApiPropertyOptional({
    type: [String],
    minItems: 1,
    maxItems: LIMITS.metrics,
    example: ['conversion_rate', 'avg_order_value'],
  })
  metrics?: string[];

  /** Columns by whose values changes are broken down. */
  @ApiPropertyOptional({ type: [String], minItems: 1, maxItems: LIMITS.dimensions })
  dimensions?: string[];

  /** Only rows with these values, by column. */
  @ApiPropertyOptional({
    type: 'object',
    maxProperties: LIMITS.filters,
    additionalProperties: {
      oneOf: [
        ...scalar,
        { type: 'array', minItems: 1, maxItems: LIMITS.values, items: { oneOf: scalar } },
        {
          type: 'object',
          additionalProperties: false,
          properties: { min: { oneOf: scalar.slice(0, 2) }, max: { oneOf: scalar.slice(0, 2) } },
        },
      ],
    },
  })
  filters?: Record<string, FilterValue>;
}

@ApiExtraModels(AnalysisParametersDto)
export class AnalyzeDto implements AnalysisInput {
  /** What to find out: a subject or a question, such as “Why did sales fall in the last quarter?” */
  @Prose(2_000, { example: 'Analyze customer purchase patterns from Q4 2024' })
  description: string;

  /** Id or name of a data source, or `conversations` or `usage`, your own data in Parlance. By default, the newest data source. */
  @MayBeOmitted()
  @Text(200, { required: false, example: 'sales_database' })
  data_source?: string;

  @ApiProperty({ required: false, allOf: [{ $ref: getSchemaPath(AnalysisParametersDto) }] })
  @MayBeOmitted()
  @ValidateBy({
    name: 'areAnalysisParameters',
    validator: {
      validate: (value: unknown) => parametersProblem(value) === undefined,
      defaultMessage: (validation) => parametersProblem(validation?.value) ?? '',
    },
  })
  parameters?: AnalysisParametersDto;
}
