declare module 'virtual:documents' {
  /** The file that lists the documents, beside the console's other files. */
  export const CONTENTS: string;
}
