import type { Person } from './income.js';

/** Somebody to ask about. */
export const person: Person = {
  age: 25,
  workclass: 'PRIVATE',
  fnlwgt: 34146,
  education: 'MASTERS',
  educationNum: 14,
  maritalStatus: 'MARRIED_CIV_SPOUSE',
  occupation: 'EXEC_MANAGERIAL',
  relationship: 'HUSBAND',
  race: 'WHITE',
  sex: 'MALE',
  capitalGain: 0,
  capitalLoss: 0,
  hoursPerWeek: 50,
  nativeCountry: 'UNITED_STATES',
};
