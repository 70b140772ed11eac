import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { PartialType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsString, MaxLength, ValidateBy } from 'class-validator';
import { ApiError } from '../errors/index.js';
import { IsMetadata } from './metadata.js';
import { ContractValidationPipe } from './validation.pipe.js';

/** Number of characters and items that the rules and the transformation read. */
let looks = 0;
const Looks = (): PropertyDecorator =>
  ValidateBy({
    name: 'looks',
    validator: {
      validate: (value: unknown) => {
        looks += (value as string | unknown[]).length;
        return true;
      },
    },
  });

class Body {
  @IsString()
  @MaxLength(10)
  @Looks()
  text?: string;

  @IsArray()
  @ArrayMaxSize(3)
  @ArrayUnique()
  @IsIn(['a', 'b', 'c'], { each: true })
  @Looks()
  list?: string[];

  @IsMetadata()
  @Transform(({ value }: { value: unknown }) => {
    looks += typeof value === 'object' ? Infinity : 0;
    return value;
  })
  metadata?: object;
}
class Change extends PartialType(Body) {}

const pipe = new ContractValidationPipe();

async function read(body: object, metatype = Body): Promise<unknown> {
  looks = 0;
  try {
    return await pipe.transform(body, { type: 'body', metatype });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.fields?.map(({ field }) => field);
  }
}

describe.each([
  ['a class', Body],
  ['a class made of another', Change],
])('a body of %s', (_name, metatype) => {
  it.each([10, 11, 12, 100, 1_000_000])('is not read beyond its longest text: %d', async (length) => {
    const given = { text: 'é'.repeat(length), list: ['a'], metadata: {} };
    expect(await read(given, metatype)).toEqual(length > 10 ? ['text'] : given);
    expect(looks).toBeLessThanOrEqual(34);
  });

  it.each(['😀', '☝\ufe0f', '👩\ufe0f', 'a\ufe0e'])('counts %j as the rule does', async (character) => {
    const just = { text: character.repeat(10), list: [], metadata: {} };
    expect(await read(just, metatype)).toEqual(just);
    for (const length of [11, 20, 5_000]) {
      expect(await read({ ...just, text: character.repeat(length) }, metatype)).toEqual(['text']);
      expect(looks).toBeLessThanOrEqual(33);
    }
  });

  it.each([4, 9_000, 130_000])('is not read beyond its longest list: %d', async (length) => {
    expect(await read({ text: '', list: Array.from({ length }, () => 'a'), metadata: {} }, metatype)).toEqual(['list']);
    expect(looks).toBeLessThanOrEqual(4);
  });

  it.each([1, 100, 5_000])(
    'is refused because of unknown fields, of which at most a hundred are read: %d',
    async (count) => {
      const unknown = Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 'x']));
      const fields = (await read({ ...unknown, text: 'x', list: ['a'], metadata: {} }, metatype)) as string[];
      expect(fields.length).toBeGreaterThan(0);
      expect(fields.length).toBeLessThanOrEqual(100);
      expect(Object.keys(unknown)).toEqual(expect.arrayContaining(fields));
    },
  );

  it('is passed on unchanged', async () => {
    const given = { text: 'x', list: ['a', 'c'], metadata: { deep: { er: [1, null, { est: 'x' }] } } };
    const result = (await read(given, metatype)) as Body;
    expect(result).toEqual(given);
    expect(result.metadata).toBe(given.metadata);
    expect(looks).toBeLessThan(Infinity);
  });
});
