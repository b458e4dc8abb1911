// The remedy for a base model that is not found. The editor recognizes this text and offers the remedy as a button.

export const ADD_MODEL_FOLDER = "restore it, or give its folder with --model (in the editor: Add Model Folder…)";
