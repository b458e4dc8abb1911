// The words of each format, which mutators exchange for one another.

export const TOKENIZER_WORDS = [
  ..."type vocab merges unk_id unk_token added_tokens content id Sequence normalizers pretokenizers processors".split(
    " ",
  ),
  ..."BertNormalizer Precompiled NFKC Replace Split Metaspace ByteLevel Unigram BPE WordPiece".split(" "),
  ..."TemplateProcessing RobertaProcessing BertProcessing pattern String Regex behavior Isolated prepend".split(" "),
  ..."max_input_chars_per_word continuing_subword_prefix byte_fallback fuse_unk SpecialToken special_tokens".split(" "),
  ..."single pair added_tokens_decoder extra_special_tokens cls_token tokenizer_class model_max_length".split(" "),
  ..."precompiled_charsmap decoder decoders ByteFallback Fuse Strip BPEDecoder prefix suffix cleanup start stop".split(
    " ",
  ),
];

export const CONFIG_WORDS = [
  ..."hidden_size num_hidden_layers num_attention_heads vocab_size intermediate_size max_position_embeddings".split(
    " ",
  ),
  ..."type_vocab_size pad_token_id layer_norm_eps hidden_act model_type id2label architectures bert roberta".split(" "),
  ..."distilbert gelu pruned_heads hidden_dropout_prob classifier_dropout embedding_size".split(" "),
  ..."gpt2 llama qwen2 t5 bart modernbert deberta-v2 num_key_value_heads head_dim rope_theta rope_parameters".split(
    " ",
  ),
  ..."sliding_window layer_types num_decoder_layers d_kv feed_forward_proj tie_word_embeddings num_experts".split(" "),
];

export const TASK_WORDS = [
  ..."name kind metric files split format separator encoding labels skip unscored classWeights columns train".split(
    " ",
  ),
  ..."validation test seed text textPair label words tags sentence pair tagging choice document csv tsv glue".split(
    " ",
  ),
  ..."jsonl json parquet conll conllu train.csv utf-16 latin1 accuracy f1 macroF1 matthews entityF1 balanced".split(
    " ",
  ),
  ..."wrong leave-out language generation txt prompt response messages source target {source}".split(" "),
  ..."role content user assistant perplexity bitsPerByte bleu chrf exactMatch".split(" "),
];
