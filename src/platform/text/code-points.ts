/**
 * Offsets on the wire count Unicode code points, JavaScript strings count UTF-16 code units: "😀" is one code point and
 * two units. A lone surrogate counts as one code point, as it does when a string is iterated.
 */

/** Number of code points in `text[start, end)`, where start and end are UTF-16 indices. O(end - start). */
export function codePointLength(text: string, start = 0, end = text.length): number {
  let pairs = 0;
  for (let index = start + 1; index < end; index++) {
    if (isTrail(text.charCodeAt(index)) && isLead(text.charCodeAt(index - 1))) {
      pairs++;
      index++;
    }
  }
  return Math.max(0, end - start) - pairs;
}

/** UTF-16 index at which the code point number `offset` of `text` starts; `text.length` beyond its end. O(offset). */
export function utf16Index(text: string, offset: number): number {
  let index = 0;
  for (let passed = 0; passed < offset && index < text.length; passed++) {
    index += isLead(text.charCodeAt(index)) && isTrail(text.charCodeAt(index + 1)) ? 2 : 1;
  }
  return index;
}

/** The code points [start, end) of `text`. */
export function codePointSlice(text: string, start: number, end: number): string {
  const from = utf16Index(text, start);
  const rest = text.slice(from);
  return rest.slice(0, utf16Index(rest, end - start));
}

/**
 * Returns a function from UTF-16 index to code point offset in `text`. With ascending indices, all calls together walk
 * through the text once; an index before the previous one starts again at 0.
 */
export function codePointCounter(text: string): (index: number) => number {
  let lastIndex = 0;
  let lastOffset = 0;
  return (index) => {
    if (index < lastIndex) {
      lastIndex = 0;
      lastOffset = 0;
    }
    lastOffset += codePointLength(text, lastIndex, index);
    lastIndex = index;
    return lastOffset;
  };
}

function isLead(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
