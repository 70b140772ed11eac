import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayNotEmpty, ArrayUnique, IsArray, IsIn } from 'class-validator';
import { MayBeOmitted, OneOf, Text } from '../../platform/validation/index.js';
import { ResearchDto } from '../research/index.js';
import { CITATION_STYLES, PAPER_FORMATS, type CitationStyle, type PaperFormat } from './papers.types.js';

const DEFAULT_FORMATS: PaperFormat[] = ['markdown', 'docx', 'pdf'];

export class GeneratePaperDto extends ResearchDto {
  /** Title of the paper. By default, the topic. */
  @MayBeOmitted()
  @Text(300, { required: false, example: 'Trends in artificial intelligence' })
  title?: string;

  /** How the paper cites: by author and year (APA, Chicago, Harvard), or by number (IEEE, Vancouver). */
  @MayBeOmitted()
  @OneOf(CITATION_STYLES, { required: false, default: 'apa', example: 'ieee' })
  citation_style: CitationStyle = 'apa';

  /** Formats of the files. */
  @MayBeOmitted()
  @ApiPropertyOptional({ enum: PAPER_FORMATS, isArray: true, default: DEFAULT_FORMATS, example: ['docx', 'pdf'] })
  @IsIn(PAPER_FORMATS, { each: true })
  @ArrayUnique()
  @ArrayNotEmpty()
  @IsArray()
  formats: PaperFormat[] = DEFAULT_FORMATS;
}
