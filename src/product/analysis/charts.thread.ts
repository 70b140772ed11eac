import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Nothing is loaded: the specifications contain their data. */
const NO_LOADER = {
  load: () => Promise.reject(new Error('charts load nothing')),
  sanitize: () => Promise.reject(new Error('charts link nowhere')),
  http: () => Promise.reject(new Error('charts load nothing')),
  file: () => Promise.reject(new Error('charts load nothing')),
  options: {},
};

/** Draws charts as SVG. */
export default (specs: object[]): Promise<string[]> =>
  Promise.all(
    specs.map(async (spec) => {
      const { spec: full } = compile(spec as TopLevelSpec);
      const view = new View(parse(full), { renderer: 'none', loader: NO_LOADER });
      const svg = await view.toSVG();
      view.finalize();
      return svg;
    }),
  );
