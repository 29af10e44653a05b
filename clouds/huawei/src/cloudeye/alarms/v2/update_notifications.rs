//! Changes whom a rule tells, and when.

use muster_wire::{Access, Cx, Operation};

use super::write_notifications;
use crate::cloudeye::alarms::kept::Kept;
use crate::cloudeye::alarms::notifications::{NotificationsBody, NotificationsPatch};
use crate::cloudeye::alarms::owner;
use crate::cloudeye::ids::AlarmId;
use crate::cloudeye::{CloudEye, Refused};
use crate::reply::Reply;
use crate::request::{Request, required};

pub(crate) struct UpdateAlarmNotifications {
    id: AlarmId,
    patch: NotificationsPatch,
}

impl Operation<CloudEye> for UpdateAlarmNotifications {
    const NAME: &'static str = "UpdateAlarmNotifications/v2";
    const PERMISSION: &'static str = "ces:alarms:putNotifications";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let body: NotificationsBody = request.body()?;
        required("notification_enabled", body.notification_enabled)?;
        Ok(Self { id: AlarmId::of_path(request)?, patch: body.read()? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let id = self.id.to_string();
        cx.touch("alarm rule", &id);
        let rule = cx.services.alarms.update(cx.tx, owner(cx.caller), &id, |spec| {
            let mut kept = Kept::of(spec);
            self.patch.clone().apply(spec, &mut kept)?;
            kept.put(spec);
            Ok(())
        })?;
        Ok(Reply::ok(write_notifications(&rule.spec, &Kept::of(&rule.spec))))
    }
}
