// Runs the queries of a page, its blocks ```sql, with DuckDB in the folder where one is, and prints each row as a line of JSON, the query's comment above.
//     npm ci --prefix docs/examples/fleet && node docs/examples/fleet/query.mjs docs/fleet.md
// NODE_MODULES_OF: a folder with node_modules in it, if they are not here.
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";

const require = createRequire(process.env.NODE_MODULES_OF ? pathToFileURL(process.env.NODE_MODULES_OF + "/") : import.meta.url);
const {DuckDBInstance, StatementType} = require("@duckdb/node-api");

const blocks = [...readFileSync(process.argv[2], "utf8").matchAll(/^```sql\n(.*?)^```$/gms)].map(block => block[1]);
const connection = await (await DuckDBInstance.create()).connect();
for (const block of blocks) {
  const statements = await connection.extractStatements(block);
  const comments = [...block.matchAll(/^-- (.*)$/gm)].map(comment => comment[1]);
  for (let i = 0; i < statements.count; ++i) {
    const statement = await statements.prepare(i);
    const rows = (await statement.runAndReadAll()).getRowObjectsJson();
    if (statement.statementType !== StatementType.SELECT) continue;
    console.log("-- " + comments[i]);
    for (const row of rows) console.log(JSON.stringify(row));
  }
}
