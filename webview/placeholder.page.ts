// Stands in until the first page lands.
export {};
