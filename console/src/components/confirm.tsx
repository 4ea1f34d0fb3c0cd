import { type ReactNode, useId, useRef, useState } from 'react';

import { UserErrors, type UserErrorLike } from './user-errors';

export interface ConfirmButtonProps {
  /** The text of the button that opens the question, and of the one that does it. */
  children: string;
  /** The question: “Cancel the test “lighter model”?”. */
  question: string;
  /** What will change, each thing by its name: “1994 census forest 1.2 returns to PRODUCTION”. */
  changes: readonly ReactNode[];
  /** Fields that the answer needs, such as a reason. */
  fields?: ReactNode;
  /** Does it; what it asks to be mended is shown, and the dialog stays. A rejection is shown, too. */
  act: () => Promise<readonly UserErrorLike[]>;
  /** Called when it is done. */
  onDone?: () => void;
  danger?: boolean;
  disabled?: boolean;
}

/** A button for what cannot simply be undone: it names what will change before anything does. */
export function ConfirmButton(props: ConfirmButtonProps) {
  const { children, question, changes, fields, act, onDone, danger = false, disabled = false } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const [errors, setErrors] = useState<readonly UserErrorLike[]>([]);
  const [busy, setBusy] = useState(false);

  async function confirm() {
    setBusy(true);
    try {
      const found = await act();
      setErrors(found);
      if (found.length === 0) {
        dialog.current?.close();
        onDone?.();
      }
    } catch (error) {
      setErrors([{ code: 'FAILED', message: error instanceof Error ? error.message : String(error), path: [] }]);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <button
        type="button"
        className={danger ? 'danger' : undefined}
        disabled={disabled}
        onClick={() => {
          setErrors([]);
          dialog.current?.showModal();
        }}
      >
        {children}
      </button>
      <dialog ref={dialog} aria-labelledby={title}>
        <form
          method="dialog"
          onSubmit={(event) => {
            event.preventDefault();
            void confirm();
          }}
        >
          <h2 id={title}>{question}</h2>
          <p>This will change:</p>
          <ul>
            {changes.map((change, place) => (
              // The list is written anew as a whole.
              // oxlint-disable-next-line react/no-array-index-key
              <li key={place}>{change}</li>
            ))}
          </ul>
          {fields}
          <UserErrors errors={errors} />
          <p className="buttons">
            <button type="button" onClick={() => dialog.current?.close()}>
              Leave it as it is
            </button>
            <button type="submit" className={danger ? 'danger' : 'primary'} disabled={busy}>
              {children}
            </button>
          </p>
        </form>
      </dialog>
    </>
  );
}
