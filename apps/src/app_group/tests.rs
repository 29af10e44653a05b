use crate::testing::{FIRST_PAGE, World, new_app_group, new_server_group, on_each, refusal};
use crate::{AppGroupFilter, AppGroupPatch, AppKind, Binding, NameProblem, NewAppGroup, NewServerGroup};

fn names(world: &World<'_>, filter: AppGroupFilter) -> Vec<String> {
    let page = world
        .run(move |service, tx, caller| service.list_app_groups(tx, caller, &filter, FIRST_PAGE))
        .unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items.into_iter().map(|group| group.name).collect()
}

fn patch(world: &World<'_>, id: &str, patch: AppGroupPatch) -> muster_core::Result<crate::AppGroup> {
    let id = id.to_owned();
    world.run(move |service, tx, caller| service.update_app_group(tx, caller, &id, &patch))
}

fn bound(name: &str, server_group_id: &str) -> NewAppGroup {
    NewAppGroup { server_group_id: Some(server_group_id.to_owned()), ..new_app_group(name) }
}

fn desktop(name: &str) -> NewServerGroup {
    NewServerGroup { kind: Some(AppKind::SharedDesktop), ..new_server_group(name) }
}

#[test]
fn a_group_comes_back_as_it_was_made() {
    on_each(|world| {
        let made = world
            .add_app_group(NewAppGroup {
                description: "描述 🚀".to_owned(), ..new_app_group("办公 office")
            })
            .unwrap();
        assert_eq!(made.id.len(), 18);
        assert_eq!(made.kind, AppKind::Apps);
        assert_eq!(world.app_group(&made.id).unwrap(), made);
    });
}

#[test]
fn names_are_unique_in_a_project_and_only_there() {
    on_each(|world| {
        world.add_app_group(new_app_group("a")).unwrap();
        assert_eq!(refusal(world.add_app_group(new_app_group("a"))), "exists: app group");
        world.add_app_group(new_app_group("A")).unwrap();
        world.seen_by("acme", "p2").add_app_group(new_app_group("a")).unwrap();
        world.seen_by("other", "p1").add_app_group(new_app_group("a")).unwrap();
    });
}

#[test]
fn nobody_sees_or_changes_the_groups_of_another_project() {
    on_each(|world| {
        let group = world.add_app_group(new_app_group("a")).unwrap();
        for other in [world.seen_by("acme", "p2"), world.seen_by("other", "p1")] {
            assert_eq!(refusal(other.app_group(&group.id)), "not found: app group");
            assert_eq!(refusal(patch(&other, &group.id, AppGroupPatch::default())), "not found: app group");
            assert_eq!(names(&other, AppGroupFilter::default()), Vec::<String>::new());
            let ids = vec![group.id.clone()];
            let deleted = other.run(move |service, tx, caller| service.delete_app_groups(tx, caller, &ids));
            assert_eq!(deleted.unwrap(), 0);
        }
        let server_group = world.add_server_group(new_server_group("s")).unwrap();
        let other = world.seen_by("other", "p1");
        assert_eq!(refusal(other.add_app_group(bound("b", &server_group.id))), "not found: server group");
    });
}

#[test]
fn a_full_project_takes_no_more() {
    on_each(|world| {
        for n in 0..5 {
            world.add_app_group(new_app_group(&format!("g{n}"))).unwrap();
        }
        // The quota is looked at before the server group and the name.
        assert_eq!(refusal(world.add_app_group(bound("g0", "nowhere"))), "quota: app groups 5");
        world.seen_by("acme", "p2").add_app_group(new_app_group("g0")).unwrap();
    });
}

#[test]
fn a_bound_group_takes_the_kind_of_its_server_group() {
    on_each(|world| {
        let desktop = world.add_server_group(desktop("d")).unwrap();
        let apps = world.add_server_group(new_server_group("s")).unwrap();
        let wrong = NewAppGroup { kind: Some(AppKind::Apps), ..bound("w", &desktop.id) };
        assert_eq!(refusal(world.add_app_group(wrong)), "conflict: app kind differs");
        let group = world.add_app_group(bound("one", &desktop.id)).unwrap();
        assert_eq!(group.kind, AppKind::SharedDesktop);
        assert_eq!(refusal(world.add_app_group(bound("two", &desktop.id))), "conflict: shared desktop taken");
        world.add_app_group(bound("three", &apps.id)).unwrap();
        world.add_app_group(bound("four", &apps.id)).unwrap();
        assert_eq!(world.server_group(&apps.id).unwrap().app_group_count, 2);
    });
}

#[test]
fn a_patch_changes_what_it_names() {
    on_each(|world| {
        let group =
            world.add_app_group(NewAppGroup { description: "old".to_owned(), ..new_app_group("a") }).unwrap();
        world.add_app_group(new_app_group("b")).unwrap();
        world.later();
        assert_eq!(patch(world, &group.id, AppGroupPatch::default()).unwrap(), group);
        let renamed =
            patch(world, &group.id, AppGroupPatch { name: Some("c".to_owned()), ..Default::default() })
                .unwrap();
        assert_eq!((renamed.name.as_str(), renamed.description.as_str()), ("c", "old"));
        assert_eq!(renamed.created_at, group.created_at);
        let taken = AppGroupPatch { name: Some("b".to_owned()), ..Default::default() };
        assert_eq!(refusal(patch(world, &group.id, taken)), "exists: app group");
        let own = AppGroupPatch { name: Some("c".to_owned()), ..Default::default() };
        assert_eq!(patch(world, &group.id, own).unwrap().name, "c");
        let cleared = AppGroupPatch { description: Some(String::new()), ..Default::default() };
        assert_eq!(patch(world, &group.id, cleared).unwrap().description, "");
        let bad = AppGroupPatch { name: Some("a/b".to_owned()), ..Default::default() };
        assert_eq!(refusal(patch(world, &group.id, bad)), "invalid: name");
    });
}

#[test]
fn a_group_is_bound_once_and_can_be_freed() {
    on_each(|world| {
        let group = world.add_app_group(new_app_group("a")).unwrap();
        let first = world.add_server_group(new_server_group("s1")).unwrap().id;
        let second = world.add_server_group(new_server_group("s2")).unwrap().id;
        let desktop = world.add_server_group(desktop("d")).unwrap().id;
        let bind = |to: &str| {
            let binding = Binding::To(to.to_owned());
            patch(world, &group.id, AppGroupPatch { binding, ..Default::default() })
        };
        assert_eq!(refusal(bind("nowhere")), "not found: server group");
        assert_eq!(refusal(bind(&desktop)), "conflict: app kind differs");
        let bound = bind(&first).unwrap();
        assert_eq!(bound.server_group.unwrap().name, "s1");
        bind(&first).unwrap();
        assert_eq!(refusal(bind(&second)), "conflict: app group bound elsewhere");
        let unbind = AppGroupPatch { binding: Binding::Unbind, ..Default::default() };
        assert_eq!(patch(world, &group.id, unbind.clone()).unwrap().server_group, None);
        assert_eq!(patch(world, &group.id, unbind).unwrap().server_group, None);
        bind(&second).unwrap();
        assert_eq!(world.app_group(&group.id).unwrap().server_group.unwrap().id, second);
    });
}

#[test]
fn all_groups_of_a_server_group_are_freed_together() {
    on_each(|world| {
        let id = world.add_server_group(new_server_group("s")).unwrap().id;
        let one = world.add_app_group(bound("a", &id)).unwrap();
        world.add_app_group(bound("b", &id)).unwrap();
        let free = |id: &str| {
            let id = id.to_owned();
            world.run(move |service, tx, caller| service.unbind_app_groups(tx, caller, &id))
        };
        assert_eq!(free(&id).unwrap(), 2);
        assert_eq!(free(&id).unwrap(), 0);
        assert_eq!(world.app_group(&one.id).unwrap().server_group, None);
        assert_eq!(refusal(free("nowhere")), "not found: server group");
    });
}

#[test]
fn lists_are_filtered_newest_first_and_in_pages() {
    on_each(|world| {
        let server_group = world.add_server_group(desktop("s")).unwrap().id;
        for name in ["web_1", "web-2", "数据库"] {
            world.add_app_group(new_app_group(name)).unwrap();
            world.later();
        }
        let bound = world.add_app_group(bound("desk", &server_group)).unwrap();
        let contains =
            |part: &str| AppGroupFilter { name_contains: Some(part.to_owned()), ..Default::default() };
        assert_eq!(names(world, AppGroupFilter::default()), ["desk", "数据库", "web-2", "web_1"]);
        assert_eq!(names(world, contains("web")), ["web-2", "web_1"]);
        assert_eq!(names(world, contains("b_")), ["web_1"]);
        assert_eq!(names(world, contains("%")), Vec::<String>::new());
        assert_eq!(names(world, contains("WEB")), Vec::<String>::new());
        assert_eq!(names(world, contains("据")), ["数据库"]);
        let by_server = AppGroupFilter { server_group_id: Some(server_group), ..Default::default() };
        assert_eq!(names(world, by_server), ["desk"]);
        let by_id =
            AppGroupFilter { id: Some(bound.id), kind: Some(AppKind::SharedDesktop), ..Default::default() };
        assert_eq!(names(world, by_id), ["desk"]);
        let page = |offset, limit| {
            world
                .run(move |service, tx, caller| {
                    let page = muster_core::PageRequest { offset, limit };
                    service.list_app_groups(tx, caller, &AppGroupFilter::default(), page)
                })
                .unwrap()
        };
        assert_eq!(page(1, 2).total, 4);
        assert_eq!(page(1, 2).items.len(), 2);
        assert_eq!(page(1, 2).items[0].name, "数据库");
        assert_eq!(page(2_147_483_647, 100).items, []);
    });
}

#[test]
fn deletion_passes_over_what_is_not_there() {
    on_each(|world| {
        let group = world.add_app_group(new_app_group("a")).unwrap();
        let delete = |ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
            world.run(move |service, tx, caller| service.delete_app_groups(tx, caller, &ids)).unwrap()
        };
        assert_eq!(delete(&["nothing", &group.id, &group.id]), 1);
        assert_eq!(delete(&[&group.id]), 0);
        assert_eq!(refusal(world.app_group(&group.id)), "not found: app group");
        world.add_app_group(new_app_group("a")).unwrap();
    });
}

#[test]
fn a_name_is_checked_without_being_taken() {
    on_each(|world| {
        world.add_app_group(new_app_group("a")).unwrap();
        let check = |name: &str| {
            let name = name.to_owned();
            world.run(move |service, tx, caller| service.check_app_group_name(tx, caller, &name)).unwrap()
        };
        assert_eq!(check("a"), Some(NameProblem::Taken));
        assert_eq!(check("a/b"), Some(NameProblem::Malformed));
        assert_eq!(check("b"), None);
        assert_eq!(check("b"), None);
    });
}
