import { Password } from '../../platform/validation/index.js';

export class EraseAccountDto {
  @Password()
  password: string;
}
