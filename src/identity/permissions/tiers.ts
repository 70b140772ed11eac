/** The plans, lowest first: what a plan opens, every higher one opens too. Their limits are data, see metering/plans. */
export const tiers = ['free', 'basic', 'pro', 'premium', 'academic', 'enterprise'] as const;

export type Tier = (typeof tiers)[number];

/** Whether a plan includes what another one opens. */
export const includesTier = (plan: string, required: Tier): boolean =>
  tiers.indexOf(plan as Tier) >= tiers.indexOf(required);
