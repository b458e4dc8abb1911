import { InputError } from "../errors.ts";

/** A device has too little free memory for a computation. What it would have written is not written. */
export class DeviceFull extends InputError {}
