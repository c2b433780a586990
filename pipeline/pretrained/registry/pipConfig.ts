/** The index of packages that pip is set to (https://pip.pypa.io/en/stable/topics/configuration/), without Python. */

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const PYPI = "https://pypi.org/simple";

type Environment = Readonly<Record<string, string | undefined>>;

/** `PIP_INDEX_URL`, else `index-url` of pip's configuration files, else PyPI. Without a slash at the end. */
export async function indexUrl(env: Environment): Promise<string> {
  let url = env.PIP_INDEX_URL;
  for (const path of url ? [] : configFiles(env)) {
    const text = await readFile(path, "utf8").catch(() => "");
    url = globalSetting(text, "index-url") ?? url;
  }
  return (url || PYPI).replace(/\/+$/, "");
}

/** Later files override earlier ones. */
function configFiles(env: Environment): string[] {
  const home = env.HOME ?? homedir();
  const user =
    process.platform === "win32"
      ? [join(env.APPDATA ?? home, "pip", "pip.ini")]
      : [
          ...(process.platform === "darwin"
            ? [join(home, "Library", "Application Support", "pip", "pip.conf")]
            : []),
          join(home, ".pip", "pip.conf"),
          join(env.XDG_CONFIG_HOME || join(home, ".config"), "pip", "pip.conf"),
        ];
  return [
    ...(process.platform === "win32" ? [] : ["/etc/pip.conf"]),
    ...user,
    ...(env.VIRTUAL_ENV ? [join(env.VIRTUAL_ENV, "pip.conf")] : []),
    ...(env.PIP_CONFIG_FILE ? [env.PIP_CONFIG_FILE] : []),
  ];
}

/** A setting of the section [global] of an INI file. */
function globalSetting(text: string, name: string): string | undefined {
  let section = "";
  let value: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    section = /^\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
    const [, key, given] = /^([\w-]+)\s*[=:]\s*(\S+)\s*$/.exec(line) ?? [];
    if (section === "global" && key?.replaceAll("_", "-") === name) value = given;
  }
  return value;
}
