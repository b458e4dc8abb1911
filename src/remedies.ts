// Remedies in error messages that the editor recognizes and offers as buttons.

/** For a base model that is not found. */
export const ADD_MODEL_FOLDER =
  "restore the base model, or specify its folder with --model (in the editor: Add Model Folder…)";

/** For CUDA support that is absent or unusable. */
export const INSTALL_CUDA =
  "install CUDA support: masklens devices --install cuda (in the editor: Install CUDA Support…)";
