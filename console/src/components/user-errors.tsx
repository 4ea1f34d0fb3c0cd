/** What a mutation asks its caller to mend, shown where it can be mended. */

export interface UserErrorLike {
  code: string;
  message: string;
  path: readonly string[];
}

const NONE: readonly (readonly string[])[] = [];

/** Whether an error is about this place, or something inside it: `['input', 'features', 'age']`. */
export function isAt(error: UserErrorLike, path: readonly string[]): boolean {
  return path.every((part, place) => error.path[place] === part);
}

/** The messages of the errors about one place. */
export function messagesAt(errors: readonly UserErrorLike[], path: readonly string[]): string[] {
  return errors.filter((error) => isAt(error, path)).map((error) => error.message);
}

/** Every error that no field shows; `shown` are the paths that have a field. */
export function UserErrors({
  errors,
  shown = NONE,
}: {
  errors: readonly UserErrorLike[];
  shown?: readonly (readonly string[])[];
}) {
  const others = errors.filter((error) => !shown.some((path) => isAt(error, path)));
  if (others.length === 0) return null;
  return (
    <div className="state problem" role="alert">
      <ul className="user-errors">
        {others.map((error) => (
          <li key={`${error.path.join('.')} ${error.code} ${error.message}`}>
            {error.message} <code className="soft">{error.code}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The errors of one field: give the same `id` to the field's `aria-describedby`. */
export function FieldError({ id, messages }: { id: string; messages: readonly string[] }) {
  if (messages.length === 0) return null;
  return (
    <p id={id} className="field-error">
      {messages.join(' ')}
    </p>
  );
}
