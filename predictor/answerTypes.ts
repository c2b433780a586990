/**
 * What an answer says, as types that need no other package: the server's JSON, the page's, and that of the package for other
 * sites.
 */

export interface LabelScore {
  readonly label: string;
  /** 0..1 */
  readonly probability: number;
  /** Whether the label belongs to the answer. */
  readonly selected: boolean;
}

/** How an item is to be answered. A target ignores the options that it does not have. */
export interface AnswerOptions {
  /** Scores in the answer; undefined: all. */
  readonly topK?: number | undefined;
  /** Probability from which a label is selected; undefined: the model's own thresholds. */
  readonly threshold?: number | undefined;
  /** Whether no label may be selected, where none reaches its threshold; else the most probable one always is. */
  readonly allowEmpty?: boolean | undefined;
}
export type AnswerOption = keyof AnswerOptions;

/** What an answer says of labels or classes. */
export interface ScoredAnswer {
  /** Most probable first, at most `topK`. */
  scores: LabelScore[];
  /** Selected labels, most probable first, whatever `topK` is. */
  selected: string[];
}

/** What an answer says of a number. */
export interface NumberAnswer {
  value: number;
}

export type TargetAnswer = ScoredAnswer | NumberAnswer;

/** What one group of inputs changed for one label. */
export interface LabelContribution {
  label: string;
  /** Probability from all inputs, less the probability without this group. */
  contribution: number;
  without: number;
  alone: number;
}

export interface ScoredContribution {
  /** In the order of the answer's scores. */
  scores: LabelContribution[];
}

export interface NumberContribution {
  /** The number from all inputs, less that without this group. */
  contribution: number;
  without: number;
  alone: number;
}

/** What one group of inputs changed. */
export type Contribution = ScoredContribution | NumberContribution;

/** A part of an input, for instance a word, and the share of attention that it got. */
export interface AttendedPart {
  readonly part: string;
  readonly weight: number;
}

/** What one group of inputs changed. */
export type InputContribution<Part extends Contribution = Contribution> = Part & {
  /** The gate's factor of the group's logits. */
  weight: number;
};

export interface AnswerExplanation<Part extends Contribution = Contribution> {
  /** Contributions of the groups of inputs that the item has. */
  inputs: Record<string, InputContribution<Part>>;
  /** By input, where the model attends over its parts: the parts in order, for instance words. */
  attention: Record<string, readonly AttendedPart[]>;
}

/** By input: the values that training did not see, in the order given. They all count as one unknown value. */
export type UnknownValues = Readonly<Record<string, readonly string[]>>;

interface Explained<Part extends Contribution> {
  /** Present where the item has such values. */
  unknown?: UnknownValues;
  /** Present where it was asked for. */
  explanation?: AnswerExplanation<Part>;
}

/** The answer of a bundle that predicts labels or a class. */
export interface LabelsAnswer extends ScoredAnswer, Explained<ScoredContribution> {}
/** The answer of a bundle that predicts a number. */
export interface ValueAnswer extends NumberAnswer, Explained<NumberContribution> {}
export type Answer = LabelsAnswer | ValueAnswer;

/** An answer with copies of its fields under the names of version 0.1, which version 0.3 removes. */
export interface LabelsAnswerJson extends LabelsAnswer {
  explanation?: AnswerExplanation<ScoredContribution> & {
    /** @deprecated `inputs`, whose `genres` are `scores`. */
    modalities: Record<
      string,
      InputContribution<ScoredContribution> & { genres: LabelContribution[] }
    >;
    /** @deprecated `attention.title`, whose `part` is `word`. */
    titleAttention: { word: string; weight: number }[];
  };
  /** @deprecated `scores` */
  genres: LabelScore[];
  /** @deprecated `selected` */
  labels: string[];
}

export type AnswerJson = LabelsAnswerJson | Answer;
