/** The plans, lowest first; each includes the features of the lower ones. Their limits are data, see metering/plans. */
export const tiers = ['free', 'basic', 'pro', 'premium', 'academic', 'enterprise'] as const;

export type Tier = (typeof tiers)[number];

/** Whether a plan includes the features of another. */
export const includesTier = (plan: string, required: Tier): boolean =>
  tiers.indexOf(plan as Tier) >= tiers.indexOf(required);
