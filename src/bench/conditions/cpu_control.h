// Which --cpu-load makes the machine as busy as was asked for. stress-ng works by time: what else runs, what
// the scheduler does and what its pauses cost moves the result away from the number it was given; so the
// number is corrected by what is measured.
#pragma once

namespace bpftax::bench {

class CpuControl {
 public:
  static constexpr double kTolerance = 5;   // points between asked and measured that are still "reached"
  static constexpr double kGoodEnough = 2;  // no correction is tried below this
  static constexpr int kMostCorrections = 5;

  explicit CpuControl(double target_percent);

  double target() const { return target_; }
  // The value to give to stress-ng, 0 to 100.
  int setting() const { return setting_; }
  int corrections() const { return corrections_; }

  // A new visit to the condition: begins with the setting that was found last.
  void begin() { corrections_ = 0; }

  enum class Step {
    kReached,
    kCorrect,  // setting() has changed: use it and measure again
    kGiveUp,   // off by more than kTolerance, and nothing is left to try
  };
  // Takes what was measured with setting().
  Step take(double measured_percent);

 private:
  double target_;
  int setting_;
  int corrections_ = 0;
};

}  // namespace bpftax::bench
