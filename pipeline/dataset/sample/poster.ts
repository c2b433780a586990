/** Draws one invented movie's poster and encodes it as a JPEG. */

import sharp from "sharp";
import type { Random } from "../../common/random.ts";
import { between, pick } from "./draw.ts";
import type { Genre } from "./genres.ts";
import { type Canvas, MOTIFS, type Motif } from "./motifs.ts";
import type { PosterKind } from "./movies.ts";

/** The two sizes that MovieLens posters mostly come in, in pixels. */
const SIZES = [
  [182, 268],
  [300, 440],
] as const;

/** Share of posters whose colours, or whose main shape, say nothing of the genre. */
const MISLEADING = 0.15;

/**
 * The JPEG file of a poster: background and shapes hint at the genres, blocks stand for lettering (fonts
 * would differ between machines). Equal streams give equal bytes for one version of libvips.
 */
export async function drawPoster(
  random: Random,
  genres: readonly Genre[],
  kind: PosterKind,
): Promise<Buffer> {
  const [short, long] = pick(random, SIZES);
  const [width, height] = kind === "landscape" ? [long, short] : [short, long];
  const image = sharp(Buffer.from(posterSvg(random, genres, width, height)));
  if (kind === "grey") image.toColourspace("b-w");
  const bytes = await image
    .jpeg({ quality: 72 + random.int(19), progressive: kind === "progressive" })
    .toBuffer();
  // Cut within the picture's data: the header still promises a whole image.
  return kind === "truncated" ? bytes.subarray(0, Math.floor(bytes.length * 0.4)) : bytes;
}

function posterSvg(
  random: Random,
  genres: readonly Genre[],
  width: number,
  height: number,
): string {
  const first = genres[0]!;
  const second = genres[1] ?? first;
  const [hue, saturation, lightness] =
    random.next() < MISLEADING
      ? [random.int(360), random.int(90), 15 + random.int(65)]
      : first.colour;
  const h = hue + between(random, -14, 14);
  const s = clamp(saturation + between(random, -12, 12));
  const l = clamp(lightness + between(random, -8, 8));
  const shade = l > 50 ? l - 32 : l + 30; // the shapes stand out from either background
  const canvas: Canvas = {
    width,
    height,
    main: hsl(h + between(random, -10, 10), s, clamp(shade)),
    accent: hsl(second.colour[0] + 40, clamp(second.colour[1] + 15), l > 50 ? 35 : 65),
  };
  const motif =
    random.next() < MISLEADING ? pick(random, Object.keys(MOTIFS) as Motif[]) : first.motif;
  const extra = second !== first && random.next() < 0.6 ? smaller(random, second, canvas) : "";

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`,
    `<defs><linearGradient id="sky" x1="0" y1="0" x2="${between(random, 0, 0.5)}" y2="1">`,
    `<stop offset="0" stop-color="${hsl(h, s, clamp(l + 8))}"/>`,
    `<stop offset="1" stop-color="${hsl(h, s, clamp(l - 10))}"/></linearGradient></defs>`,
    `<rect width="${width}" height="${height}" fill="url(#sky)"/>`,
    MOTIFS[motif](random, canvas),
    extra,
    lettering(random, canvas),
    "</svg>",
  ].join("");
}

/** The second genre's motif, at under half the size, in a corner. */
function smaller(random: Random, genre: Genre, canvas: Canvas): string {
  const scale = between(random, 0.3, 0.5);
  const x = random.int(2) * canvas.width * (1 - scale);
  const y = random.int(2) * canvas.height * (1 - scale);
  const clip = `<clipPath id="corner"><rect width="${canvas.width}" height="${canvas.height}"/></clipPath>`;
  const swapped = { ...canvas, main: canvas.accent, accent: canvas.main };
  const shapes = MOTIFS[genre.motif](random, swapped);
  return `${clip}<g transform="translate(${x} ${y}) scale(${scale})" clip-path="url(#corner)">${shapes}</g>`;
}

/** One to three rows of blocks, at the top or at the foot. */
function lettering(random: Random, { width, height, accent }: Canvas): string {
  const top = random.next() < 0.3 ? 0.06 : 0.8;
  const fill = random.next() < 0.5 ? "#f4f1e8" : accent;
  const rows = 1 + random.int(3);
  let svg = "";
  for (let row = 0; row < rows; row++) {
    let x = between(random, 0.08, 0.25) * width;
    while (x < 0.85 * width) {
      const letter = between(random, 0.02, 0.06) * width;
      const y = (top + row * 0.06) * height;
      svg += `<rect x="${x}" y="${y}" width="${letter}" height="${0.04 * height}" fill="${fill}"/>`;
      x += letter + between(random, 0.01, 0.04) * width;
    }
  }
  return svg;
}

function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${Math.round((hue + 360) % 360)},${Math.round(saturation)}%,${Math.round(lightness)}%)`;
}

function clamp(percent: number): number {
  return Math.min(95, Math.max(4, percent));
}
