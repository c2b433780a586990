/** The grammar of the invented titles: genre words, neutral words, moved articles, foreign and bracketed titles. */

import type { Random } from "../../common/random.ts";
import { pick } from "./draw.ts";
import type { Genre } from "./genres.ts";

// biome-ignore format: word lists read better in rows
const NEUTRAL = {
  adjectives: ["Crimson", "Second", "Hollow", "Paper", "Northern", "Quiet", "Broken", "Golden", "Last", "Distant", "Marble", "Velvet"],
  nouns: ["Lantern", "Tuesday", "Staircase", "Umbrella", "Bridge", "Garden", "Window", "Suitcase", "River", "Postcard", "Clockwork", "Lighthouse", "Ferry", "Attic"],
};

// biome-ignore format: word lists read better in rows
const NAMES = ["Odalie", "Bertrand", "Mirabel", "Quentin", "Zsófia", "Tobias", "Ingrid", "Lucinda", "Björn", "Hester", "Rafael", "Noémie", "Otis", "Wilhelmina"];

// biome-ignore format: word lists read better in rows
const PLACES = ["Tamberly", "Port Quillan", "Ostermark", "Bellwether Street", "Lake Ombrone", "Santa Perdida", "Nowhere in Particular", "Gravelly Bottom", "Coyote Falls", "Kråkholm"];

/** Foreign openings with their article, their closings, and both in English. */
const FOREIGN: readonly {
  readonly starts: readonly (readonly [article: string, noun: string, english: string])[];
  readonly ends: readonly (readonly [text: string, english: string])[];
}[] = [
  {
    starts: [
      ["La", "Fenêtre", "Window"],
      ["Le", "Facteur", "Postman"],
      ["L'", "Étoile", "Star"],
      ["Les", "Escargots", "Snails"],
    ],
    ends: [
      ["du boulanger", "of the Baker"],
      ["sans mémoire", "Without Memory"],
      ["de février", "of February"],
      ["à crédit", "on Credit"],
    ],
  },
  {
    starts: [
      ["Der", "Löffel", "Spoon"],
      ["Die", "Brücke", "Bridge"],
      ["Das", "Märchen", "Fairy Tale"],
    ],
    ends: [
      ["im Nebel", "in the Fog"],
      ["über den Dächern", "Above the Roofs"],
      ["für Anfänger", "for Beginners"],
    ],
  },
  {
    starts: [
      ["El", "Corazón", "Heart"],
      ["La", "Muñeca", "Doll"],
      ["Los", "Pájaros", "Birds"],
    ],
    ends: [
      ["del limonero", "of the Lemon Tree"],
      ["de mañana", "of Tomorrow"],
      ["sin sueño", "Without Sleep"],
    ],
  },
];

/**
 * A title as MovieLens would write it, with its year: "Hollow Lantern, The (1987)". About two words in
 * three hint at one of the movie's genres, the others at nothing.
 */
export function inventTitle(random: Random, genres: readonly Genre[], year: number): string {
  if (random.next() < 0.05) return `${foreignTitle(random)} (${year})`;
  const alternative = random.next() < 0.04 ? ` (a.k.a. ${phrase(random, genres)})` : "";
  const title = phrase(random, genres);
  return `${moveArticle(title)}${alternative} (${year})`;
}

/** "Crypt of Tamberly"; one rule of the grammar, its words drawn afresh. */
function phrase(random: Random, genres: readonly Genre[]): string {
  const adjective = () => word(random, genres, "adjectives");
  const noun = () => word(random, genres, "nouns");
  const rules = [
    () => `The ${adjective()} ${noun()}`,
    () => `The ${adjective()} ${noun()}`,
    () => `A ${adjective().replace(/^[AEIOU]/, "Very $&")} ${noun()}`,
    () => `${adjective()} ${noun()}`,
    () => `${noun()} of ${pick(random, PLACES)}`,
    () => `${pick(random, NAMES)} and the ${noun()}`,
    () => `${pick(random, NAMES)}'s ${adjective()} ${noun()}`,
    () => `${noun()}, ${noun()} and ${noun()}`,
    () => `${adjective()} ${noun()} ${pick(random, ["II", "III", "Returns", "Forever", "2000"])}`,
    () => `Goodbye, ${adjective()} ${noun()}`,
    () => `${noun()}: ${adjective()} in ${pick(random, PLACES)}`,
    () => `Who Took the ${noun()}?`,
  ];
  return pick(random, rules)();
}

function word(random: Random, genres: readonly Genre[], kind: "adjectives" | "nouns"): string {
  const source = random.next() < 0.66 ? pick(random, genres) : NEUTRAL;
  return pick(random, source[kind]);
}

/** "Fenêtre du boulanger, La (Window of the Baker, The)". */
function foreignTitle(random: Random): string {
  const { starts, ends } = pick(random, FOREIGN);
  const [article, noun, english] = pick(random, starts);
  const [end, englishEnd] = pick(random, ends);
  return `${noun} ${end}, ${article} (${moveArticle(`The ${english} ${englishEnd}`)})`;
}

function moveArticle(title: string): string {
  const match = /^(The|A) (.+)$/.exec(title);
  return match ? `${match[2]}, ${match[1]}` : title;
}
