import { counted } from '../../platform/text/index.js';
import { identifier } from '../../platform/duckdb/index.js';
import { where } from './sql.js';
import { allRows, filterSql, numberOr0, type Study } from './study.js';
import { percent } from './wording.js';

/** What is wrong or missing in the data that the numbers rest on. Said before all else. */
export async function checkQuality(study: Study): Promise<string[]> {
  const { columns, session, timeline } = study;
  const used = [
    timeline?.column,
    columns.amount,
    columns.withRole('order'),
    columns.withRole('customer'),
    ...study.dimensions,
  ];
  const present = [...new Set(used.filter((column) => column !== undefined))];
  const names = present.map(({ name }) => identifier(name));
  const amount = columns.amount && identifier(columns.amount.name);
  const [row = {}] = await session.query(
    `SELECT count(*) AS rows${names.map((name, index) => `, count(*) FILTER (WHERE ${name} IS NULL) AS n${index}`).join('')}` +
      `${amount ? `, count(*) FILTER (WHERE ${amount} < 0) AS negative` : ''} FROM data${where(filterSql(study))}`,
  );
  const rows = numberOr0(row.rows);
  const findings = present.flatMap(({ name }, index) => {
    const nulls = numberOr0(row[`n${index}`]);
    return nulls > 0 ? [`“${name}” is empty in ${counted(nulls, 'row')} (${percent(nulls / rows)}).`] : [];
  });
  if (numberOr0(row.negative) > 0) {
    findings.push(
      `“${columns.amount?.name}” is negative in ${counted(numberOr0(row.negative), 'row')}; they are included.`,
    );
  }
  const [copies] = await session.query(
    `SELECT count(*) AS rows, coalesce(sum(copies - 1), 0) AS copies FROM ` +
      `(SELECT count(*) AS copies ${allRows(study)} GROUP BY ALL_COLUMNS HAVING count(*) > 1)`.replace(
        'ALL_COLUMNS',
        columns.all.map(({ name }) => identifier(name)).join(', '),
      ),
  );
  if (numberOr0(copies?.copies) > 0) {
    findings.push(`${counted(numberOr0(copies?.copies), 'row')} repeat another row exactly; they are included.`);
  }
  for (const column of study.dimensions) {
    const name = identifier(column.name);
    const spellings =
      column.type === 'string'
        ? await session.query(
            `SELECT min(${name}) AS one, max(${name}) AS other ${allRows(study, `${name} IS NOT NULL`)} ` +
              `GROUP BY lower(trim(${name})) HAVING count(DISTINCT ${name}) > 1 ORDER BY 1 LIMIT 3`,
          )
        : [];
    for (const { one, other } of spellings) {
      findings.push(
        `“${column.name}” has both “${String(one)}” and “${String(other)}”; they count as different values.`,
      );
    }
  }
  return findings;
}
