/** Names that layers and graph inputs make of an input's name: another input must not have one of them. */

/** Endings of the layers' names, after the input's name and _; `test/pipeline/dataset/described/layerNames.test.ts` has all. */
const ENDINGS: ReadonlySet<string> = new Set(
  `all_tokens amount_shares amounts amounts_there any_step any_step_column any_word apart attention attention_column
  attention_part attention_softmax attentional average averaged bidirectional both_signs bumps capped centred
  centred_stars clipped column context context_query conv dense deviation direction distances dropout embedding
  encoded enlarged evidence features first_pieces fitted fitted_bias fitted_share fitted_sum fitted_vectors
  flat_logits flat_vectors flat_weights gru half_log hidden_words hide ids input_dropout inverse_count
  inverse_count_column inverse_root joined known last_state last_word learned_ids length linear linear_share
  linear_sum linear_vectors log_count log_share logits lstm mask mask_column mask_image mask_moved mask_padded
  mask_turned masked_scores mean mean_of_means mean_stars mean_vectors minus_log_count minus_log_count_column
  minus_means minus_network minus_next moved negated networks networks_apart next_word numbers one piece_mask
  piece_mean piece_share piece_share_hide piece_share_softmax piece_weights pieces placed places places_hidden
  places_pixel places_row pooled positive positive_row presence presence_column query_per_word query_state raised rnn
  root_logits root_shares scaled score score_joined score_query score_state score_sum score_tanh scores sequence share
  share_column share_hide share_softmax shares shares_hide shares_softmax signs_apart softmax squares squares_by_word
  squares_mean squares_turned standardised state_mask states step_share step_share_hide step_share_softmax steps
  strongest sum sum_of_means sum_of_stars term_logits term_weights terms terms_sum token_numbers tokens user_means
  user_vectors vector weighed weighed_pieces weighed_texts weights word_ids word_mask word_rows word_share
  word_share_hide word_share_softmax word_vectors zero attention_hide`.split(/\s+/),
);
/** Endings that have more than one word, or a number, after these. */
const BEGINNINGS =
  /^(pretrained_|backbone_|attention_part_|weights_|numbers_of_|text\d+_|block\d+_|average\d|strongest\d|(input_dropout|dense|dropout|logits|evidence)_\d)/;

/** Whether a name without its first part is that of a layer. */
export function isLayerEnding(ending: string): boolean {
  return ENDINGS.has(ending) || BEGINNINGS.test(ending);
}

/**
 * @param name Of an input.
 * @param others Names of all inputs and groups.
 * @returns The name whose layers or graph inputs have the name, or share some with it; undefined if there is none.
 */
export function ownerOf(name: string, others: Iterable<string>): string | undefined {
  for (const other of others) {
    if (name === `has_${other}`) return other;
    const singular = other.replace(/s$/, "");
    if (name === `${singular}_users` || name === `${singular}_stars`) return other;
    if (!name.startsWith(`${other}_`)) continue;
    const ending = name.slice(other.length + 1);
    const shared = [...ENDINGS].some(
      (each) => each.startsWith(`${ending}_`) && isLayerEnding(each.slice(ending.length + 1)),
    );
    if (isLayerEnding(ending) || shared) return other;
  }
  return undefined;
}
