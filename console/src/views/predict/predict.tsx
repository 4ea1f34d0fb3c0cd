import { Page } from '../../components/page';

export function Predict() {
  return <Page title="Predict">…</Page>;
}
