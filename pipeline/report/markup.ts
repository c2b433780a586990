/** HTML template literals that escape inserted values. */

/** Markup that is safe to insert without escaping. */
export interface Html {
  readonly markup: string;
}

export type Insertable = string | number | Html | readonly Insertable[];

/** A template literal; inserted strings and numbers are escaped, `Html` and lists of it are not. */
export function html(template: TemplateStringsArray, ...values: Insertable[]): Html {
  const parts = template.map((text, i) => {
    const value = values[i];
    return value === undefined ? text : text + insert(value);
  });
  return { markup: parts.join("") };
}

/** Marks markup as safe, for sources that escape their data, such as the chart library. */
export function trusted(markup: string): Html {
  return { markup };
}

/** A table; `numeric` columns are aligned right with tabular digits. */
export function table(
  header: readonly string[],
  rows: readonly (readonly Insertable[])[],
  numeric: readonly boolean[] = header.map((_, i) => i > 0),
): Html {
  const kind = (column: number) => (numeric[column] ? html` class="n"` : html``);
  return html`<div class="scroll"><table>
<thead><tr>${header.map((cell, i) => html`<th scope="col"${kind(i)}>${cell}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map((cell, i) => html`<td${kind(i)}>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

/** A list of names and values. */
export function facts(pairs: readonly (readonly [string, Insertable])[]): Html {
  return html`<dl>${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}

/** The paragraph below a chart that says how to read it. @param text Goes on a sentence. */
export function howToRead(text: Insertable): Html {
  return html`<p class="reading"><b>How to read it:</b> ${text}</p>`;
}

/** A dash in a line's colour. */
export function key(colour: string): Html {
  return html`<span class="key" style="background:${colour}"></span>`;
}

function insert(value: Insertable): string {
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  if ("markup" in value) return value.markup;
  return value.map(insert).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
