/** The request, as it is stored with the task. */
export interface AnalysisInput {
  description: string;
  data_source?: string;
  parameters?: {
    time_period?: string;
    metrics?: string[];
    dimensions?: string[];
    filters?: Record<string, FilterValue>;
  };
}

export type Scalar = string | number | boolean;

export type FilterValue = Scalar | Scalar[] | { min?: string | number; max?: string | number };

export type Grain = 'day' | 'week' | 'month' | 'quarter' | 'half' | 'year';

/** Days from `start` until before `end`. */
export interface Period {
  label: string;
  start: string;
  end: string;
  /** Its length, by which it is moved to the period before. */
  grain: Grain;
  count: number;
}

/** What is known of a column; see `Profile` of data sources. */
export interface Column {
  name: string;
  type: 'number' | 'integer' | 'string' | 'boolean' | 'date' | 'timestamp' | 'other';
  role: 'time' | 'amount' | 'quantity' | 'order' | 'customer' | 'product' | 'category' | 'status' | 'none';
  nulls: number;
  distinct: number;
  min: string | number | null;
  max: string | number | null;
}

export type Row = Record<string, unknown>;

/** Runs one statement on the table `data`. */
export interface Session {
  query(sql: string): Promise<Row[]>;
}

/** What is analyzed. */
export interface Source {
  id: string;
  name: string;
  rowCount: number;
  columns: Column[];
  findings: string[];
  session: Session;
}

export type Unit = 'amount' | 'count' | 'share' | 'number';

type InsightKind =
  | 'comparison'
  | 'premise'
  | 'drivers'
  | 'contribution'
  | 'breakdown'
  | 'mix_and_rate'
  | 'simpson'
  | 'trend'
  | 'seasonality'
  | 'change_point'
  | 'outlier'
  | 'correlation'
  | 'concentration'
  | 'difference'
  | 'retention'
  | 'new_customers';

/** A possible insight, before the correction for the number of comparisons. */
export interface Finding {
  kind: InsightKind;
  /** The metric that it is about, if any. */
  metric: string | null;
  text: string;
  numbers: Record<string, number | string | null>;
  sql: string;
  /** Rows, or points of a series, that the numbers rest on. */
  sample_size: number;
  /** How large it is, as a share: 0.2 is 20% of the metric, of its variance or of a perfect correlation. */
  effect: number;
  effect_measure: string;
  /** The name of the test, and its result. Null if the finding only counts what is in the data. */
  test: string | null;
  p_value: number | null;
  /** What to keep in mind. */
  caution: string | null;
  /** True if it answers the question itself. */
  isAnswer?: true;
}

export interface Insight extends Omit<Finding, 'isAnswer'> {
  id: string;
  adjusted_p_value: number | null;
  /** Null if nothing was tested. */
  is_significant: boolean | null;
}

export interface MetricResult {
  name: string;
  label: string;
  definition: string;
  unit: Unit;
  value: number | null;
  previous: number | null;
  year_ago: number | null;
  change: number | null;
  year_ago_change: number | null;
  sql: string;
}

export interface Recommendation {
  text: string;
  /** The id of the insight that it follows from. */
  insight: string;
}

export interface Table {
  name: string;
  title: string;
  /** By time, oldest first; or by size, largest first. */
  order: 'time' | 'size';
  columns: string[];
  rows: (string | number | null)[][];
  sql: string;
}

export interface Chart {
  name: string;
  title: string;
  /** What it shows, for people who do not see it. */
  alt: string;
  /** A Vega-Lite specification with its data. */
  spec: object;
}

export interface NotComputed {
  metric: string;
  reason: string;
}

export interface PeriodResult extends Period {
  /** How it was chosen. */
  note: string;
  is_complete: boolean;
  previous: Period | null;
  year_ago: Period | null;
}

/** What the engine computes. Charts are rendered and the report is set from it. */
export interface Analysis {
  description: string;
  data_source: { id: string; name: string; rows: number };
  period: PeriodResult | null;
  filters: { column: string; values: string; from: 'parameters' | 'description' }[];
  summary: string;
  /** The model in whose words the summary is, if any. */
  summary_model: string | null;
  insights: string[];
  quantitative_results: Record<string, number>;
  recommendations: string[];
  metrics: MetricResult[];
  insight_details: Insight[];
  recommendation_details: Recommendation[];
  not_computed: NotComputed[];
  data_quality: string[];
  charts: Chart[];
  tables: Table[];
  method: string[];
}

export interface AnalysisResult extends Omit<Analysis, 'charts'> {
  charts: (Chart & { svg: string })[];
  /** The report as Markdown. */
  report: string;
}
