/** Names of MovieLens' codes, for people to choose from. */

/** By lower bound, in years; MovieLens' lowest code stands for all minors. */
const AGES: Readonly<Record<number, string>> = {
  1: "under 18",
  18: "18 to 24",
  25: "25 to 34",
  35: "35 to 44",
  45: "45 to 49",
  50: "50 to 55",
  56: "56 and over",
};

const GENDERS: Readonly<Record<string, string>> = { F: "female", M: "male" };

/** By code, 0 to 20, as in the data set's README. */
const OCCUPATIONS = [
  ...["other", "academic or educator", "artist", "clerical or administrative"],
  ...["college or graduate student", "customer service", "doctor or health care"],
  ...["executive or managerial", "farmer", "homemaker", "school student", "lawyer"],
  ...["programmer", "retired", "sales or marketing", "scientist", "self-employed"],
  ...["technician or engineer", "tradesman or craftsman", "unemployed", "writer"],
];

export const ageName = (from: number): string => AGES[from] ?? `from ${from}`;
export const genderName = (code: string): string => GENDERS[code] ?? code;
export const occupationName = (code: number): string => OCCUPATIONS[code] ?? `occupation ${code}`;
