/** The sample's genres: how frequent each is, which others accompany it, and its title words, years and posters. */

import type { Motif } from "./motifs.ts";

export interface Genre {
  readonly name: string;
  /** Relative frequency as a movie's first genre; roughly as in MovieLens, with Film-Noir slightly raised. */
  readonly weight: number;
  /** Genres that often accompany it, weighted 12 against 1 for all others. */
  readonly beside: readonly string[];
  /** First and last release year; later years are more frequent. */
  readonly years: readonly [number, number];
  readonly adjectives: readonly string[];
  readonly nouns: readonly string[];
  /** Poster background: hue in degrees, saturation and lightness in percent. */
  readonly colour: readonly [hue: number, saturation: number, lightness: number];
  readonly motif: Motif;
}

function words(list: string): string[] {
  return list.split(" ");
}

/** A genre with its words as lists separated by spaces. */
interface GenreRow extends Omit<Genre, "adjectives" | "nouns"> {
  readonly adjectives: string;
  readonly nouns: string;
}

function genre({ adjectives, nouns, ...rest }: GenreRow): Genre {
  return { ...rest, adjectives: words(adjectives), nouns: words(nouns) };
}

/** The 18 genres of MovieLens. */
// biome-ignore format: a table, three lines per genre
export const GENRES: readonly Genre[] = [
  genre({ name: "Drama", weight: 30, beside: ["Romance", "War"], years: [1935, 2000], colour: [30, 25, 42], motif: "figure",
    adjectives: "Unspoken Faithful Weary Borrowed Forgiven Fragile",
    nouns: "Orchard Daughters Promise Kitchen Confession Harvest Inheritance Letters" }),
  genre({ name: "Comedy", weight: 24, beside: ["Romance", "Children's"], years: [1935, 2000], colour: [48, 85, 60], motif: "smile",
    adjectives: "Clumsy Slippery Overcooked Bumbling Ticklish Unlikely",
    nouns: "Pancakes Mix-Up Landlord Trousers Nephew Hiccups Wedding-Cake Parrot" }),
  genre({ name: "Action", weight: 10, beside: ["Adventure", "Thriller", "Sci-Fi"], years: [1965, 2000], colour: [14, 90, 48], motif: "burst",
    adjectives: "Explosive Relentless Armored Reckless Full-Throttle Bulletproof",
    nouns: "Strike Vengeance Detonator Convoy Showdown Ambush Overdrive Payload" }),
  genre({ name: "Thriller", weight: 9, beside: ["Crime", "Action", "Mystery"], years: [1950, 2000], colour: [205, 40, 22], motif: "skyline",
    adjectives: "Deadly Sleepless Watchful Poisoned Breathless Unlisted",
    nouns: "Witness Hostage Alibi Passenger Blackmail Countdown Stalker Tripwire" }),
  genre({ name: "Romance", weight: 7, beside: ["Drama", "Comedy"], years: [1935, 2000], colour: [340, 65, 68], motif: "hearts",
    adjectives: "Tender Beloved Moonstruck Lovelorn Blushing Starcrossed",
    nouns: "Kisses Sweetheart Valentine Serenade Honeymoon Rendezvous Darling Bouquet" }),
  genre({ name: "Horror", weight: 8, beside: ["Thriller", "Sci-Fi"], years: [1930, 2000], colour: [0, 70, 14], motif: "drips",
    adjectives: "Rotting Howling Blood-Soaked Unburied Festering Shrieking",
    nouns: "Crypt Ghouls Coffin Leech Entrails Graveyard Slaughter Fangs" }),
  genre({ name: "Adventure", weight: 5, beside: ["Action", "Children's", "Fantasy"], years: [1935, 2000], colour: [160, 55, 40], motif: "hills",
    adjectives: "Uncharted Daring Sunken Faraway Windswept Fearless",
    nouns: "Expedition Treasure Voyage Caravan Compass Shipwreck Rapids Summit" }),
  genre({ name: "Sci-Fi", weight: 6, beside: ["Action", "Adventure", "Horror"], years: [1950, 2000], colour: [235, 60, 20], motif: "planets",
    adjectives: "Galactic Cybernetic Orbital Quantum Robotic Interstellar",
    nouns: "Android Nebula Starship Mutants Asteroid Clones Hyperdrive Martians" }),
  genre({ name: "Children's", weight: 6, beside: ["Animation", "Comedy", "Musical"], years: [1937, 2000], colour: [95, 75, 62], motif: "balloons",
    adjectives: "Giggling Fuzzy Wiggly Barefoot Bouncy Littlest",
    nouns: "Puppy Treehouse Kitten Snowman Lollipop Ducklings Schoolyard Teddy" }),
  genre({ name: "Crime", weight: 5, beside: ["Thriller", "Drama", "Film-Noir"], years: [1935, 2000], colour: [220, 15, 28], motif: "skyline",
    adjectives: "Crooked Stolen Two-Bit Wanted Double-Dealing Laundered",
    nouns: "Heist Gangster Getaway Racket Safecracker Hitman Jailbreak Counterfeit" }),
  genre({ name: "War", weight: 3, beside: ["Drama", "Action"], years: [1940, 2000], colour: [75, 30, 28], motif: "wire",
    adjectives: "Besieged Fallen Wounded Enlisted Shell-Shocked Occupied",
    nouns: "Battalion Trenches Armistice Squadron Bunker Infantry Medals Frontline" }),
  genre({ name: "Documentary", weight: 4, beside: [], years: [1965, 2000], colour: [200, 8, 82], motif: "photo",
    adjectives: "Untold Unedited Undeniable Real Eyewitness Vanishing",
    nouns: "Portrait Chronicle Archive Interviews Migration Testimony Glaciers Fieldnotes" }),
  genre({ name: "Musical", weight: 3, beside: ["Children's", "Romance", "Comedy"], years: [1933, 1985], colour: [290, 70, 58], motif: "stripes",
    adjectives: "Syncopated Dancing Singing Toe-Tapping Melodious Jazzy",
    nouns: "Melody Chorus Tap-Shoes Encore Cabaret Waltz Tambourine Ballroom" }),
  genre({ name: "Mystery", weight: 3, beside: ["Thriller", "Crime"], years: [1935, 2000], colour: [262, 35, 24], motif: "keyhole",
    adjectives: "Missing Locked Whispering Unsolved Cryptic Masked",
    nouns: "Clue Inspector Cipher Disappearance Footprints Riddle Keyhole Séance" }),
  genre({ name: "Animation", weight: 2, beside: ["Children's", "Musical"], years: [1937, 2000], colour: [185, 85, 60], motif: "balloons",
    adjectives: "Enchanted Tiny Doodled Inkblot Talking Colorful",
    nouns: "Toadstool Hedgehog Teapot Crayon Dragonling Marmalade Beetle Toybox" }),
  genre({ name: "Western", weight: 2, beside: ["Action", "Comedy"], years: [1935, 1985], colour: [24, 75, 55], motif: "hills",
    adjectives: "Dusty Lonesome Quick-Draw Saddle-Worn Outlawed Sunburnt",
    nouns: "Gunslinger Stagecoach Canyon Sheriff Mustang Tumbleweed Saloon Spurs" }),
  genre({ name: "Fantasy", weight: 2, beside: ["Adventure", "Children's"], years: [1950, 2000], colour: [275, 55, 38], motif: "moon",
    adjectives: "Spellbound Elfin Runed Mythic Dragonborn Silver-Winged",
    nouns: "Wizard Amulet Unicorn Sorceress Goblin Scepter Gryphon Talisman" }),
  genre({ name: "Film-Noir", weight: 1.6, beside: ["Crime", "Mystery", "Thriller"], years: [1940, 1956], colour: [40, 4, 16], motif: "stripes",
    adjectives: "Smoky Rain-Slicked Shadowed Doomed Two-Faced Midnight",
    nouns: "Dame Fedora Alleyway Cigarette Double-Cross Venetian Streetlamp Nightclub" }),
];

/** Relative frequencies of movies with 1, 2, 3 and 4 genres. */
export const GENRE_COUNTS = [52, 34, 11, 3];
