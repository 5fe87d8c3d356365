// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// In the place of an enum skb_drop_reason where the kernel gives none (before Linux 5.17).
#define kDropReasonUnknown 0xffffffffu
