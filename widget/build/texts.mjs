/** The dashboard's texts in other languages than English. `import { others } from "texts:./texts ./page/texts"` gives,
 *  for each language that one of these folders has a file of, a function that loads all of them as one chunk. A language
 *  is added by adding files; nothing imports them by name. `import { languages } from "languages:../embed/texts"` gives
 *  the names of a folder's languages, English first. */

import { readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const NAMED = /^(texts|languages):/;
const CHUNK = "texts-of:";
const BASE = "en"; // in the code of its area
const FILE = /^(.+)\.ts$/;

/** The languages of these folders, without English. */
export function languagesOf(folders) {
  const names = folders.flatMap((folder) => readdirSync(folder).flatMap((name) => FILE.exec(name)?.[1] ?? []));
  return [...new Set(names)].filter((name) => name !== BASE).sort();
}

/** For esbuild. */
export function texts({ absWorkingDir: root }) {
  return {
    name: "texts",
    setup(run) {
      run.onResolve({ filter: NAMED }, ({ path, importer }) => ({
        namespace: NAMED.exec(path)[1],
        path: foldersOf(path, importer, root).join(" "),
      }));
      // The last part of its path names the chunk; relative, because the build does not depend on the machine.
      run.onResolve({ filter: new RegExp(`^${CHUNK}`) }, ({ path }) => ({ namespace: "texts-of", path }));
      run.onLoad({ filter: /.*/, namespace: "texts" }, ({ path }) => ({
        contents: loaders(path.split(" "), root),
        resolveDir: root,
      }));
      run.onLoad({ filter: /.*/, namespace: "languages" }, ({ path }) => ({ contents: listed(path, root) }));
      run.onLoad({ filter: /.*/, namespace: "texts-of" }, ({ path }) => ({
        contents: merged(path, root),
        resolveDir: root,
      }));
    },
  };
}

/** For Vite, which runs the unit tests. */
export function viteTexts(root) {
  return {
    name: "texts",
    enforce: "pre",
    resolveId(id, importer) {
      if (id.startsWith(CHUNK)) return `\0${id}`;
      const named = NAMED.exec(id);
      return named ? `\0${named[0]}${foldersOf(id, importer, root).join(" ")}` : null;
    },
    load(id) {
      if (id.startsWith(`\0${CHUNK}`)) return merged(id.slice(1), root);
      if (id.startsWith("\0languages:")) return listed(id.slice("\0languages:".length), root);
      return id.startsWith("\0texts:") ? loaders(id.slice("\0texts:".length).split(" "), root) : null;
    },
  };
}

function foldersOf(name, importer, root) {
  const folders = name.replace(NAMED, "").split(" ");
  return folders.map((folder) => relative(root, resolve(dirname(importer), folder)));
}

function listed(folder, root) {
  return `export const languages = ${JSON.stringify([BASE, ...languagesOf([join(root, folder)])])};`;
}

function loaders(folders, root) {
  const languages = languagesOf(folders.map((folder) => join(root, folder)));
  const lines = languages.map((language) => {
    const chunk = JSON.stringify(`${CHUNK}${folders.join(" ")}/${language}`);
    return `${JSON.stringify(language)}: () => import(${chunk})`;
  });
  return `export const others = { ${lines.join(", ")} };`;
}

function merged(name, root) {
  const end = name.lastIndexOf("/");
  const language = name.slice(end + 1);
  const folders = name.slice(CHUNK.length, end).split(" ");
  const files = folders.filter((folder) => languagesOf([join(root, folder)]).includes(language));
  const imports = files.map((folder, n) => `import * as t${n} from ${JSON.stringify(join(root, folder, language))};`);
  const all = files.map((_, n) => `...Object.values(t${n})`).join(", ");
  return `${imports.join("\n")}\nexport const texts = Object.assign({}, ${all});`;
}
