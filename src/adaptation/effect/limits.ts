/** A head is dead if setting its mask to zero changes no logit by more than this. */
export const DEAD = 1e-6;
