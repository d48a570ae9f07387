import { hardMixtures } from '../support/mixtures.ts';

hardMixtures();
