/** The shapes on the invented posters, as SVG, one function per motif. */

import type { Random } from "../../common/random.ts";
import { between } from "./draw.ts";

export interface Canvas {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** SVG colours. */
  readonly main: string;
  readonly accent: string;
}

type Draw = (random: Random, canvas: Canvas) => string;

function repeat(count: number, shape: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => shape(index)).join("");
}

function circle(x: number, y: number, radius: number, fill: string): string {
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`;
}

function rect(x: number, y: number, width: number, height: number, fill: string): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;
}

function path(d: string, fill: string): string {
  return `<path d="${d}" fill="${fill}"/>`;
}

const figure: Draw = (random, { width: w, height: h, main, accent }) =>
  repeat(1 + random.int(3), (i) => {
    const [x, y, r] = [
      between(random, 0.2, 0.8) * w,
      between(random, 0.3, 0.6) * h,
      between(random, 0.1, 0.2) * w,
    ];
    const fill = i % 2 === 0 ? main : accent;
    const shoulders = `M${x - 2 * r} ${h} Q${x - 2 * r} ${y + r} ${x} ${y + r} Q${x + 2 * r} ${y + r} ${x + 2 * r} ${h}Z`;
    return circle(x, y, r, fill) + path(shoulders, fill);
  });

const smile: Draw = (random, { width: w, height: h, main, accent }) => {
  const [x, y, r] = [
    between(random, 0.35, 0.65) * w,
    between(random, 0.35, 0.6) * h,
    between(random, 0.22, 0.36) * w,
  ];
  const eyes =
    circle(x - r / 3, y - r / 4, r / 8, main) + circle(x + r / 3, y - r / 4, r / 8, main);
  const mouth = `M${x - r / 2} ${y + r / 5} Q${x} ${y + r} ${x + r / 2} ${y + r / 5}Z`;
  return circle(x, y, r, accent) + eyes + path(mouth, main);
};

const burst: Draw = (random, { width: w, height: h, main, accent }) => {
  const [x, y] = [between(random, 0.3, 0.7) * w, between(random, 0.3, 0.7) * h];
  const corner = () => `${between(random, -0.3, 1.3) * w} ${between(random, -0.3, 1.3) * h}`;
  const rays = repeat(7 + random.int(6), () => path(`M${x} ${y} L${corner()} L${corner()}Z`, main));
  return `<g opacity="0.55">${rays}</g>${circle(x, y, between(random, 0.08, 0.16) * w, accent)}`;
};

const skyline: Draw = (random, { width: w, height: h, main, accent }) => {
  const count = 5 + random.int(5);
  return repeat(count, (i) => {
    const [x, top, wide] = [(i * w) / count, between(random, 0.35, 0.8) * h, w / count];
    const lit = repeat(6, () =>
      rect(
        x + between(random, 0.1, 0.7) * wide,
        top + between(random, 0.05, 0.9) * (h - top),
        wide / 6,
        wide / 5,
        accent,
      ),
    );
    return rect(x, top, wide, h - top, main) + lit;
  });
};

const hearts: Draw = (random, { width: w, height: h, main, accent }) =>
  repeat(2 + random.int(4), (i) => {
    const [x, y, r] = [
      between(random, 0.2, 0.8) * w,
      between(random, 0.2, 0.7) * h,
      between(random, 0.08, 0.22) * w,
    ];
    const heart = `M${x} ${y + r} C${x - 2 * r} ${y - r / 3} ${x - r} ${y - 1.4 * r} ${x} ${y - r / 2} C${x + r} ${y - 1.4 * r} ${x + 2 * r} ${y - r / 3} ${x} ${y + r}Z`;
    return path(heart, i % 2 === 0 ? main : accent);
  });

const drips: Draw = (random, { width: w, height: h, main, accent }) => {
  const count = 7 + random.int(7);
  const fall = repeat(count, (i) => {
    const [x, length, r] = [
      ((i + 0.5) * w) / count,
      between(random, 0.1, 0.6) * h,
      (0.35 * w) / count,
    ];
    return rect(x - r, 0, 2 * r, length, main) + circle(x, length, r * 1.2, main);
  });
  const eye = between(random, 0.55, 0.8) * h;
  const gap = between(random, 0.1, 0.2) * w;
  return `${fall}${circle(w / 2 - gap, eye, w / 16, accent)}${circle(w / 2 + gap, eye, w / 16, accent)}`;
};

const hills: Draw = (random, { width: w, height: h, main, accent }) => {
  const sun = circle(
    between(random, 0.2, 0.8) * w,
    between(random, 0.2, 0.4) * h,
    between(random, 0.1, 0.2) * w,
    accent,
  );
  const peaks = repeat(3 + random.int(3), () => {
    const x = between(random, 0, 1) * w;
    return path(
      `M${x - 0.4 * w} ${h} L${x} ${between(random, 0.45, 0.75) * h} L${x + 0.4 * w} ${h}Z`,
      main,
    );
  });
  return `${sun}<g opacity="0.8">${peaks}</g>`;
};

const planets: Draw = (random, { width: w, height: h, main, accent }) => {
  const sky = repeat(60, () =>
    circle(between(random, 0, w), between(random, 0, h), between(random, 0.4, 1.4), "#fff"),
  );
  const [x, y, r] = [
    between(random, 0.2, 0.8) * w,
    between(random, 0.25, 0.7) * h,
    between(random, 0.15, 0.35) * w,
  ];
  const ring = `<ellipse cx="${x}" cy="${y}" rx="${1.6 * r}" ry="${0.3 * r}" fill="none" stroke="${accent}" stroke-width="${r / 10}"/>`;
  return sky + circle(x, y, r, main) + ring;
};

const balloons: Draw = (random, { width: w, height: h, main, accent }) =>
  repeat(7 + random.int(7), (i) => {
    const fill = [main, accent, `hsl(${random.int(360)},85%,60%)`][i % 3]!;
    return circle(
      between(random, 0, w),
      between(random, 0, h),
      between(random, 0.05, 0.16) * w,
      fill,
    );
  });

const wire: Draw = (random, { width: w, height: h, main, accent }) =>
  repeat(3 + random.int(3), () => {
    const y = between(random, 0.2, 0.9) * h;
    const barbs = repeat(8, (i) => {
      const x = ((i + 0.5) * w) / 8;
      return path(
        `M${x - 5} ${y - 6} L${x + 5} ${y + 6} L${x + 2} ${y} L${x - 5} ${y + 6} L${x + 5} ${y - 6}Z`,
        accent,
      );
    });
    return rect(0, y - 1.5, w, 3, main) + barbs;
  });

const photo: Draw = (random, { width: w, height: h, main, accent }) => {
  const top = between(random, 0.15, 0.3) * h;
  const blocks = repeat(12, () =>
    rect(
      0.12 * w + between(random, 0, 0.6) * w,
      top + between(random, 0, 0.35) * h,
      between(random, 0.05, 0.16) * w,
      between(random, 0.03, 0.12) * h,
      accent,
    ),
  );
  return `${rect(0.1 * w, top, 0.8 * w, 0.48 * h, main)}<g opacity="0.4">${blocks}</g>`;
};

const stripes: Draw = (random, { width: w, height: h, main, accent }) => {
  const [count, slope] = [6 + random.int(6), between(random, -0.3, 0.3) * h];
  return repeat(count, (i) => {
    const [y, thick] = [(i * h) / count, h / count / 2];
    const bar = `M0 ${y} L${w} ${y + slope} L${w} ${y + slope + thick} L0 ${y + thick}Z`;
    return path(bar, i % 3 === 2 ? accent : main);
  });
};

const keyhole: Draw = (random, { width: w, height: h, main, accent }) => {
  const [x, y, r] = [w / 2, between(random, 0.3, 0.5) * h, between(random, 0.12, 0.22) * w];
  const slot = path(
    `M${x} ${y} L${x - 0.9 * r} ${y + 2.6 * r} L${x + 0.9 * r} ${y + 2.6 * r}Z`,
    accent,
  );
  return circle(x, y, 2.3 * r, main) + circle(x, y, r, accent) + slot;
};

const moon: Draw = (random, { width: w, height: h, main, accent }) => {
  const [x, y, r] = [
    between(random, 0.3, 0.7) * w,
    between(random, 0.2, 0.4) * h,
    between(random, 0.15, 0.28) * w,
  ];
  const towers = repeat(3, () => {
    const [left, top] = [between(random, 0.05, 0.85) * w, between(random, 0.5, 0.75) * h];
    const spire = `M${left} ${top} L${left + 0.06 * w} ${top - 0.12 * h} L${left + 0.12 * w} ${top}Z`;
    return rect(left, top, 0.12 * w, h - top, main) + path(spire, main);
  });
  return circle(x, y, r, accent) + towers;
};

/** Every motif by its name. */
// biome-ignore format: a table
export const MOTIFS = {
  figure, smile, burst, skyline, hearts, drips, hills, planets, balloons, wire, photo, stripes, keyhole, moon,
} as const;

export type Motif = keyof typeof MOTIFS;
