// powershell_grammar.mjs MODULES SCRIPT...: one line for each place that is not understood. See powershell_grammar.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [modules, ...scripts] = process.argv.slice(2);
const { Language, Parser } = await import(pathToFileURL(`${modules}/web-tree-sitter/web-tree-sitter.js`).href);
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(`${modules}/tree-sitter-powershell/tree-sitter-powershell.wasm`));

let troubles = 0;

function look(script, node) {
  if (node.isMissing || node.isError) {
    const what = node.isMissing ? `${node.type} is missing` : `not understood: ${node.text.split('\n')[0]}`;
    console.log(`${script}:${node.startPosition.row + 1}: ${what}`);
    troubles++;
  }
  node.children.forEach((child) => look(script, child));
}

for (const script of scripts) {
  const root = parser.parse(readFileSync(script, 'utf8')).rootNode;
  look(script, root);
  if (root.namedChildCount === 0) {
    console.log(`${script}: no statement found`);
    troubles++;
  }
}
process.exit(troubles > 0 || scripts.length === 0 ? 1 : 0);
