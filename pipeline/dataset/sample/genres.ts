/** What the invented movies of each genre are like: how many, with which others, their words, years and posters. */

import type { Motif } from "./motifs.ts";

export interface Genre {
  readonly name: string;
  /** Relative frequency as a movie's first genre; about what MovieLens shows, Film-Noir raised a little. */
  readonly weight: number;
  /** Genres that often stand beside it: all others weigh 1, these 12. */
  readonly beside: readonly string[];
  /** Release years, the later ones more frequent. */
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

function genre(
  name: string,
  weight: number,
  beside: string[],
  years: readonly [number, number],
  colour: readonly [number, number, number],
  motif: Motif,
  adjectives: string,
  nouns: string,
): Genre {
  const [a, n] = [words(adjectives), words(nouns)];
  return { name, weight, beside, years, colour, motif, adjectives: a, nouns: n };
}

/** The 18 genres of MovieLens. */
// biome-ignore format: a table, two lines a genre
export const GENRES: readonly Genre[] = [
  genre("Drama", 30, ["Romance", "War"], [1935, 2000], [30, 25, 42], "figure",
    "Unspoken Faithful Weary Borrowed Forgiven Fragile", "Orchard Daughters Promise Kitchen Confession Harvest Inheritance Letters"),
  genre("Comedy", 24, ["Romance", "Children's"], [1935, 2000], [48, 85, 60], "smile",
    "Clumsy Slippery Overcooked Bumbling Ticklish Unlikely", "Pancakes Mix-Up Landlord Trousers Nephew Hiccups Wedding-Cake Parrot"),
  genre("Action", 10, ["Adventure", "Thriller", "Sci-Fi"], [1965, 2000], [14, 90, 48], "burst",
    "Explosive Relentless Armored Reckless Full-Throttle Bulletproof", "Strike Vengeance Detonator Convoy Showdown Ambush Overdrive Payload"),
  genre("Thriller", 9, ["Crime", "Action", "Mystery"], [1950, 2000], [205, 40, 22], "skyline",
    "Deadly Sleepless Watchful Poisoned Breathless Unlisted", "Witness Hostage Alibi Passenger Blackmail Countdown Stalker Tripwire"),
  genre("Romance", 7, ["Drama", "Comedy"], [1935, 2000], [340, 65, 68], "hearts",
    "Tender Beloved Moonstruck Lovelorn Blushing Starcrossed", "Kisses Sweetheart Valentine Serenade Honeymoon Rendezvous Darling Bouquet"),
  genre("Horror", 8, ["Thriller", "Sci-Fi"], [1930, 2000], [0, 70, 14], "drips",
    "Rotting Howling Blood-Soaked Unburied Festering Shrieking", "Crypt Ghouls Coffin Leech Entrails Graveyard Slaughter Fangs"),
  genre("Adventure", 5, ["Action", "Children's", "Fantasy"], [1935, 2000], [160, 55, 40], "hills",
    "Uncharted Daring Sunken Faraway Windswept Fearless", "Expedition Treasure Voyage Caravan Compass Shipwreck Rapids Summit"),
  genre("Sci-Fi", 6, ["Action", "Adventure", "Horror"], [1950, 2000], [235, 60, 20], "planets",
    "Galactic Cybernetic Orbital Quantum Robotic Interstellar", "Android Nebula Starship Mutants Asteroid Clones Hyperdrive Martians"),
  genre("Children's", 6, ["Animation", "Comedy", "Musical"], [1937, 2000], [95, 75, 62], "balloons",
    "Giggling Fuzzy Wiggly Barefoot Bouncy Littlest", "Puppy Treehouse Kitten Snowman Lollipop Ducklings Schoolyard Teddy"),
  genre("Crime", 5, ["Thriller", "Drama", "Film-Noir"], [1935, 2000], [220, 15, 28], "skyline",
    "Crooked Stolen Two-Bit Wanted Double-Dealing Laundered", "Heist Gangster Getaway Racket Safecracker Hitman Jailbreak Counterfeit"),
  genre("War", 3, ["Drama", "Action"], [1940, 2000], [75, 30, 28], "wire",
    "Besieged Fallen Wounded Enlisted Shell-Shocked Occupied", "Battalion Trenches Armistice Squadron Bunker Infantry Medals Frontline"),
  genre("Documentary", 4, [], [1965, 2000], [200, 8, 82], "photo",
    "Untold Unedited Undeniable Real Eyewitness Vanishing", "Portrait Chronicle Archive Interviews Migration Testimony Glaciers Fieldnotes"),
  genre("Musical", 3, ["Children's", "Romance", "Comedy"], [1933, 1985], [290, 70, 58], "stripes",
    "Syncopated Dancing Singing Toe-Tapping Melodious Jazzy", "Melody Chorus Tap-Shoes Encore Cabaret Waltz Tambourine Ballroom"),
  genre("Mystery", 3, ["Thriller", "Crime"], [1935, 2000], [262, 35, 24], "keyhole",
    "Missing Locked Whispering Unsolved Cryptic Masked", "Clue Inspector Cipher Disappearance Footprints Riddle Keyhole Séance"),
  genre("Animation", 2, ["Children's", "Musical"], [1937, 2000], [185, 85, 60], "balloons",
    "Enchanted Tiny Doodled Inkblot Talking Colorful", "Toadstool Hedgehog Teapot Crayon Dragonling Marmalade Beetle Toybox"),
  genre("Western", 2, ["Action", "Comedy"], [1935, 1985], [24, 75, 55], "hills",
    "Dusty Lonesome Quick-Draw Saddle-Worn Outlawed Sunburnt", "Gunslinger Stagecoach Canyon Sheriff Mustang Tumbleweed Saloon Spurs"),
  genre("Fantasy", 2, ["Adventure", "Children's"], [1950, 2000], [275, 55, 38], "moon",
    "Spellbound Elfin Runed Mythic Dragonborn Silver-Winged", "Wizard Amulet Unicorn Sorceress Goblin Scepter Gryphon Talisman"),
  genre("Film-Noir", 1.6, ["Crime", "Mystery", "Thriller"], [1940, 1956], [40, 4, 16], "stripes",
    "Smoky Rain-Slicked Shadowed Doomed Two-Faced Midnight", "Dame Fedora Alleyway Cigarette Double-Cross Venetian Streetlamp Nightclub"),
];

/** How many genres a movie has, 1 to 4: relative frequencies. */
export const GENRE_COUNTS = [52, 34, 11, 3];
