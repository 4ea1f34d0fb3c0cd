import { useMutation } from 'urql';

import { TruthForm } from '../../components/truth-form';
import { TELL, type Whole } from './queries';

/** The truth of a request: given, changed, taken back. */
export function Truth({ request }: { request: Whole }) {
  const [{ data, error, fetching }, tell] = useMutation(TELL);
  return (
    <TruthForm
      request={request}
      className="history-truth"
      sending={fetching}
      errors={data?.giveFeedback.userErrors ?? []}
      error={error}
      send={(feedback) => void tell({ input: { requestId: request.requestId, feedback } })}
    />
  );
}
