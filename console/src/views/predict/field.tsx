import { useId } from 'react';

import { FieldError } from '../../components/user-errors';
import { rangeOf } from './features';
import type { FormFeature } from './queries';

export interface FeatureFieldProps {
  feature: FormFeature;
  text: string;
  errors: readonly string[];
  onText: (text: string) => void;
}

/** One feature: its name and unit, what it means and which values it takes, the field, and what is wrong with it. */
export function FeatureField({ feature, text, errors, onText }: FeatureFieldProps) {
  const id = useId();
  const described = `${id}-hint${errors.length > 0 ? ` ${id}-error` : ''}`;
  return (
    <div className="predict-field" data-feature={feature.name}>
      <label htmlFor={id}>
        {feature.name}
        {feature.unit ? <span className="soft"> ({feature.unit})</span> : null}
      </label>
      <FeatureInput feature={feature} id={id} text={text} described={described} wrong={errors.length > 0} onText={onText} />
      <FieldError id={`${id}-error`} messages={errors} />
      <p id={`${id}-hint`} className="hint">
        {[feature.description, ...hintsOf(feature)].join(' ')}
      </p>
    </div>
  );
}

function hintsOf(feature: FormFeature): string[] {
  const hints: string[] = [];
  if (feature.type === 'NUMBER' || feature.type === 'INTEGER') hints.push(`${capital(rangeOf(feature))}.`);
  if (feature.nullable) hints.push('Leave it empty if it is not known.');
  else if (!feature.required) hints.push('May be left out.');
  if (feature.private) hints.push('Private: hidden in the history from most readers.');
  return hints;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

interface FeatureInputProps {
  feature: FormFeature;
  id: string;
  text: string;
  described: string;
  wrong: boolean;
  onText: (text: string) => void;
}

function FeatureInput({ feature, id, text, described, wrong, onText }: FeatureInputProps) {
  const shared = { id, value: text, 'aria-describedby': described, 'aria-invalid': wrong };
  const choices = feature.type === 'BOOLEAN' ? ['true', 'false'] : feature.categories;
  if (choices) {
    // A value that is no choice, as a link may hold one, stays visible: the server says what is wrong with it.
    const shown = text === '' || choices.includes(text) ? choices : [text, ...choices];
    return (
      <select {...shared} onChange={(event) => onText(event.target.value)}>
        <option value="">{feature.nullable ? '– not known –' : '– choose –'}</option>
        {shown.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  if (feature.type === 'CATEGORY') {
    return <input {...shared} type="text" onChange={(event) => onText(event.target.value)} />;
  }
  return (
    <input
      {...shared}
      type="number"
      inputMode={feature.type === 'INTEGER' && (feature.minimum ?? -1) >= 0 ? 'numeric' : 'decimal'}
      min={feature.minimum ?? undefined}
      max={feature.maximum ?? undefined}
      step={feature.type === 'INTEGER' ? 1 : 'any'}
      onChange={(event) => onText(event.target.value)}
    />
  );
}
