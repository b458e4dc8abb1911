// The remedy for a base model that is not found. The editor recognizes this text and offers the remedy as a button.

export const ADD_MODEL_FOLDER =
  "restore the base model, or specify its folder with --model (in the editor: Add Model Folder…)";
